"""`python -m localcloud.engine --port P --state DIR`: the engine in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import fcntl
import os
import socket
import sys
from pathlib import Path

from localcloud.engine.common.patching import IncompatibleEngineError, require_version
from localcloud.engine.common.settings import configure
from localcloud.errors import EngineStartError, check_room, disk_text


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.engine", description=__doc__
    )
    parser.add_argument(
        "--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one"
    )
    parser.add_argument(
        "--state", type=Path, required=True, help="directory of everything that is kept"
    )
    parser.add_argument(
        "--iam",
        action="store_true",
        help="enforce the policies of roles, users and buckets",
    )
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        raise EngineStartError(
            f"expected port {port} of 127.0.0.1 to be free; found it taken. Stop what listens there or choose another."
        ) from error
    return listener


def _lock(state: Path) -> None:
    """Holds the state folder as long as the process lives, in whatever way it ends."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(state / "engine.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise EngineStartError(
            f"expected {state} to be free; found another engine at work in it. Stop that one first."
        ) from error


def _require_secret() -> None:
    if not os.environ.get("AWS_SECRET_ACCESS_KEY"):
        raise EngineStartError(
            "expected AWS_SECRET_ACCESS_KEY, which every request must be signed with; found none. "
            "Set it to a random text."
        )


def main() -> None:
    os.umask(0o077)
    arguments = _parse_arguments()
    state: Path = arguments.state.expanduser().resolve()
    try:
        require_version()
        _require_secret()
        _lock(state)
        check_room(state)
        listener = _listen(arguments.port)
        configure(os.environ, listener.getsockname()[1], state, iam=arguments.iam)
        # ministack reads its settings at import.
        from localcloud.engine import server, state_files  # noqa: PLC0415

        state_files.check(state / "metadata")
        server.run(listener, state)
    except (EngineStartError, IncompatibleEngineError) as error:
        sys.exit(f"localcloud.engine: {error}")
    except OSError as error:
        sys.exit(f"localcloud.engine: {disk_text(state, error)}")


if __name__ == "__main__":
    main()
