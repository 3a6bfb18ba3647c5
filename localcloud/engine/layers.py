"""Archives of layers in files of their own: in the saved state they would be written again with every save."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.services import lambda_svc

from localcloud.engine.patching import replace, symbol

logger = logging.getLogger(__name__)
_ARCHIVE, _FILE = "_zip_data", "archive_file"


def _versions(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    layers = state.get("layers")
    for layer in layers._data.values() if layers is not None else ():
        yield from layer["versions"]


class LayerFiles:
    """One file for each content, named by the digest that Lambda itself gives it."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory

    def move_out(self, state: dict[str, Any]) -> dict[str, Any]:
        for version in _versions(state):
            archive = version[_ARCHIVE]
            if not isinstance(archive, bytes):
                continue
            name = version["Content"]["CodeSha256"].replace("/", "_") + ".zip"
            if not (self._directory / name).exists():
                fresh = self._directory / "new"
                fresh.write_bytes(archive)
                fresh.replace(self._directory / name)
            version[_ARCHIVE] = {_FILE: name}
        return state

    def move_in(self, state: dict[str, Any]) -> None:
        used = set()
        for version in _versions(state):
            archive = version[_ARCHIVE]
            if isinstance(archive, dict):
                used.add(archive[_FILE])
                version[_ARCHIVE] = self._read(archive[_FILE])
        for path in self._directory.iterdir():
            if path.name not in used:
                path.unlink()

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._directory / name).read_bytes()
        except OSError:
            logger.exception("the layer archive %s cannot be read; deploy the stack again", name)
            return None


def apply(state: Path) -> None:
    symbol(lambda_svc, "_layers")
    files = LayerFiles(state / "layers")

    def restoring(original: Any) -> Any:
        def restore(data: dict[str, Any]) -> None:
            files.move_in(data or {})
            original(data)

        return restore

    replace(lambda_svc, "get_state", "", lambda original: lambda: files.move_out(original()))
    replace(lambda_svc, "_restore_state", "data", restoring)
