"""`python -m localcloud.sagemaker --port PORT --state FOLDER`: serve on 127.0.0.1 until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import IO

import uvicorn

from localcloud.sagemaker.app import make_app
from localcloud.sagemaker.images import DEFAULT_IMAGES
from localcloud.sagemaker.processes import end_leftovers
from localcloud.sagemaker.settings import Settings

_GRACEFUL_SECONDS = 3
_TUNABLE = {
    field.name: {"float": float, "int": int}[str(field.type)]
    for field in fields(Settings)
    if field.name not in ("state", "port", "region", "account", "images")
}


def parse(argv: list[str] | None = None) -> Settings:
    """Settings from the command line; region and account from the environment."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.sagemaker", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder of everything that outlives a stop")
    parser.add_argument("--images", type=Path, help="JSON file with more images: [{pattern, role, command}]")
    for name, kind in _TUNABLE.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=getattr(Settings, name))
    given = parser.parse_args(argv)
    given.state.mkdir(parents=True, exist_ok=True)
    return Settings(
        state=given.state.resolve(),
        port=given.port,
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or Settings.region,
        images=DEFAULT_IMAGES.with_file(given.images) if given.images else DEFAULT_IMAGES,
        **{name: getattr(given, name) for name in _TUNABLE},
    )


def lock(state: Path) -> IO[str]:
    """Hold the state folder for as long as the file stays open; exits where another process holds it."""
    file = (state / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"Another local SageMaker is running on {state}. Stop it, or choose another --state.")
    return file


def main() -> None:
    settings = parse()
    held = lock(settings.state)
    config = uvicorn.Config(
        make_app(settings),
        host="127.0.0.1",
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    try:
        uvicorn.Server(config).run()
    finally:
        end_leftovers(settings.state)
        held.close()


if __name__ == "__main__":
    main()
