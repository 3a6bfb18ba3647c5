"""The saved state of ministack's services is checked before it is loaded: a damaged file stops the engine.

ministack itself begins anew where it cannot read a file, and would write over what is left of it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence

from localcloud.engine.common.patching import replace, symbol
from localcloud.engine.state_keeper import previous_path
from localcloud.errors import EngineStartError

_FORMAT, _PAYLOAD = "__ministack_format__", "payload"


class DamagedStateError(EngineStartError):
    """The saved state of a service cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"expected the saved state of {path.stem} in {path}; found a damaged file ({reason}). "
            f"Nothing was written over it. {_advice(path)}"
        )


def _advice(path: Path) -> str:
    previous = previous_path(path)
    if _fault(previous) is None:
        saved = datetime.fromtimestamp(previous.stat().st_mtime, UTC)
        return f"Put the copy of {saved:%Y-%m-%d %H:%M} UTC in its place: mv {previous} {path}"
    return (
        f"Put a copy of yours in its place; or begin in another folder (--state) and upload the drops again, which lie "
        f"in {path.parents[1] / 'objects'}."
    )


def _fault(path: Path) -> str | None:
    """What is wrong with a saved state; None where nothing is."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        return str(error)
    if not isinstance(content, dict) or not {_FORMAT, _PAYLOAD} <= content.keys():
        return f"no {_FORMAT} and {_PAYLOAD}"
    supported = persistence._state_format_version(path.stem)
    version = content[_FORMAT]
    if not isinstance(version, int) or version > supported:
        return f"format {version}, of a newer release"
    return None


def check(folder: Path) -> None:
    """Raises `DamagedStateError` for the first file in `folder` that cannot be loaded."""
    for path in sorted(folder.glob("*.json")):
        reason = _fault(path)
        if reason is not None:
            raise DamagedStateError(path, reason)


def _end(error: DamagedStateError) -> None:
    """Ends the process before anything can be saved."""
    print(f"localcloud.engine: {error}", file=sys.stderr, flush=True)
    os._exit(1)


def _load_all(folder: Path, end: Callable[[DamagedStateError], None]) -> Any:
    def load() -> None:
        for service, module in app._state_map.items():
            state = persistence.load_state(service)
            if not state:
                continue
            try:
                app._get_module(module).load_persisted_state(state)
            except Exception as error:  # whatever a file without sense leads to
                reason = f"{type(error).__name__}: {error}"
                end(DamagedStateError(folder / f"{service}.json", reason))

    return lambda original: load


def apply(state: Path) -> None:
    """Raises `IncompatibleEngineError`."""
    symbol(app, "_state_map")
    symbol(app, "_get_module", "name")
    symbol(persistence, "load_state", "service")
    symbol(persistence, "_state_format_version", "service")
    replace(app, "_load_persisted_state", "", _load_all(state / "metadata", _end))
