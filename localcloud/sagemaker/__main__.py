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

from localcloud.errors import check_room, disk_text
from localcloud.processes import end_leftovers
from localcloud.sagemaker.app import make_app
from localcloud.sagemaker.common.images import DEFAULT_IMAGES
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.common.store import STORE_FILE, DamagedStoreError, check_store

_GRACEFUL_SHUTDOWN_SECONDS = 3
_KEEP_ALIVE_SECONDS = 60
_NUMBER_TYPES = {"float": float, "int": int}
_NOT_OPTIONS = (
    "state",
    "port",
    "region",
    "account",
    "images",
    "image_environments",
    "iam",
    "pass_hf_env",
)
_NUMBER_OPTIONS = {
    field.name: _NUMBER_TYPES[str(field.type)]
    for field in fields(Settings)
    if field.name not in _NOT_OPTIONS
}
"""Fields of `Settings` that the command line can set, with their types."""


def parse(argv: list[str] | None = None) -> Settings:
    """Settings from the command line; the region from the environment."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.sagemaker", description=__doc__
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--state",
        type=Path,
        required=True,
        help="folder of everything that outlives a stop",
    )
    parser.add_argument(
        "--images",
        type=Path,
        help="JSON file with more images: [{pattern, role, command, toolkit}]",
    )
    parser.add_argument(
        "--image-environments",
        type=Path,
        help="folder of the environments of make images, whose own launchers then start jobs and endpoints",
    )
    parser.add_argument(
        "--iam",
        action="store_true",
        help="hold callers and the passed roles to their policies",
    )
    parser.add_argument(
        "--pass-hf-env",
        action="store_true",
        help="give HF_* of the environment, HF_TOKEN too, to every job and model server",
    )
    for name, number_type in _NUMBER_OPTIONS.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=number_type, default=getattr(Settings, name))
    options = parser.parse_args(argv)
    options.state.mkdir(parents=True, exist_ok=True)
    return Settings(
        state=options.state.resolve(),
        port=options.port,
        region=os.environ.get("AWS_REGION")
        or os.environ.get("AWS_DEFAULT_REGION")
        or Settings.region,
        images=DEFAULT_IMAGES.with_file(options.images)
        if options.images
        else DEFAULT_IMAGES,
        image_environments=options.image_environments,
        iam=options.iam,
        pass_hf_env=options.pass_hf_env,
        **{name: getattr(options, name) for name in _NUMBER_OPTIONS},
    )


def lock(state: Path) -> IO[str]:
    """Holds the state folder for as long as the file stays open. Exits where another process holds it."""
    file = (state / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        sys.exit(
            f"Another local SageMaker is running on {state}. Stop it, or choose another --state."
        )
    return file


def _require_secret() -> None:
    if not os.environ.get("AWS_SECRET_ACCESS_KEY"):
        sys.exit(
            "localcloud.sagemaker: expected AWS_SECRET_ACCESS_KEY, which every request must be signed with; "
            "found none. Set it to the engine's."
        )


def _open_state() -> tuple[Settings, IO[str]]:
    """The settings and the lock of the state folder. Exits with a sentence where the folder cannot be used."""
    try:
        settings = parse()
        lock_file = lock(settings.state)
        check_store(settings.state / STORE_FILE)
        check_room(settings.state)
    except DamagedStoreError as error:
        sys.exit(f"localcloud.sagemaker: {error}")
    except OSError as error:
        sys.exit(f"localcloud.sagemaker: {disk_text(Path('the state folder'), error)}")
    return settings, lock_file


def main() -> None:
    os.umask(0o077)
    _require_secret()
    settings, lock_file = _open_state()
    config = uvicorn.Config(
        make_app(settings),
        host="127.0.0.1",
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACEFUL_SHUTDOWN_SECONDS,
    )
    try:
        uvicorn.Server(config).run()
    finally:
        end_leftovers(settings.state)
        lock_file.close()


if __name__ == "__main__":
    main()
