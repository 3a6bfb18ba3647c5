"""Which way a test takes through the code: every function at its first call, and the modules and folders in that order.

python -m tools.walk TEST, for example tests/unit/training/test_job.py::test_name, run in a checkout of the repository.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from tools.source_modules import ROOMS


class Recorder:
    """A pytest plugin that records the files of the functions that tests call first, below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: set[CodeType] = set()
        self.files: list[Path] = []
        """The file of each function, in the order of first calls; relative to the root."""

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self) -> Iterator[None]:
        sys.setprofile(self.profile)
        try:
            return (yield)
        finally:
            sys.setprofile(None)

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if (
            event == "call"
            and code not in self._seen
            and not code.co_name.startswith("<")
        ):
            self._seen.add(code)
            self._record(Path(code.co_filename))

    def _record(self, path: Path) -> None:
        if path.is_relative_to(self._root):
            relative = path.relative_to(self._root)
            if relative.parts[0] in ROOMS:
                self.files.append(relative)


def stays(places: Sequence[Path]) -> list[Path]:
    """The places with repetitions in a row left out."""
    visited: list[Path] = []
    for place in places:
        if not visited or visited[-1] != place:
            visited.append(place)
    return visited


def return_count(visited: Sequence[Path]) -> int:
    """How often the way goes back to the place it has just come from."""
    pairs = zip(visited, visited[2:], strict=False)
    return sum(before == after for before, after in pairs)


def report(files: Sequence[Path]) -> Iterator[str]:
    folders = [file.parent for file in files]
    for title, places in (("modules", files), ("folders", folders)):
        visited = stays(places)
        counts = f"{len(visited)} stays, {return_count(visited)} returns to the place just left"
        yield f"{len(set(places))} {title}: {counts}"
    for number, file in enumerate(dict.fromkeys(files), start=1):
        yield f"{number:>4}  {file}"


def main(arguments: Sequence[str]) -> int:
    recorder = Recorder(Path.cwd())
    status = pytest.main(["-q", *arguments], plugins=[recorder])
    print("\n".join(report(recorder.files)))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
