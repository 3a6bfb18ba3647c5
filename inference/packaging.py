"""What an archive's `code/` holds: the hooks, this package under the name it has there, and the tasks.

Used by the training job, which packs a folder, and by the functions, which write archives; it needs no library.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SCRIPT, REQUIREMENTS = "code/inference.py", "code/requirements.txt"
PACKAGE = "traindrop"
_LEFT_OUT = frozenset({"__pycache__"})
_ENDINGS = frozenset({".py"})


def serving_files(root: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Each file's name in an archive, and the file; `root` is the folder that holds `inference/` and `tasks/`."""
    root = root or Path(__file__).parents[1]
    yield SCRIPT, root / "inference" / "shim.py"
    for folder, package in (("inference", PACKAGE), ("tasks", "tasks")):
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root / folder)
            if path.is_file() and path.suffix in _ENDINGS and not _LEFT_OUT & set(relative.parts):
                yield f"code/{package}/{relative.as_posix()}", path
