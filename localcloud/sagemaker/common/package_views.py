"""Virtual environments that show only some packages of this one, so that a program sees what its container would hold.

A view is a folder of links: `bin/python` is this interpreter, and its `site-packages` has a link for each top-level
entry of a visible distribution. Nothing is copied or patched, so imports, `importlib.metadata`, pip and every
subprocess that `sys.executable` starts agree on what is installed. A folder that distributions share, as namespace
packages do, is visible with the first of them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import threading
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ALWAYS_VISIBLE = ("pip", "setuptools", "wheel")
"""What every Python environment of a container holds."""
READING = threading.Lock()
"""Held while requirements are read: that uses Python's parser, which fails at times where threads share it.

`SystemError: AST constructor recursion depth mismatch`, see https://github.com/python/cpython/issues/106905.
"""
_PYTHON_NAMES = ("python", "python3")
_NOT_LINKED = ("..", "__pycache__", "")


@dataclass(frozen=True)
class PackageViews:
    """The views below a folder, one for each set of packages; made when first wanted and kept."""

    folder: Path

    def find(self, requirements: Iterable[str]) -> Path:
        """The interpreter that sees what these requirements bring, as far as it is installed here."""
        with READING:
            names = visible_distributions(tuple(requirements))
        view = self.folder / _key(names)
        if not view.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{uuid.uuid4().hex}"
            build_view(unfinished, names)
            _move(unfinished, view)
        return view / "bin" / "python"


@lru_cache(maxsize=64)
def visible_distributions(requirements: tuple[str, ...]) -> frozenset[str]:
    """The installed distributions that these requirements name, and all that those need.

    A line that is no requirement, or that the installed version does not meet, shows nothing.
    """
    visible: set[str] = set()
    waiting = [*ALWAYS_VISIBLE, *requirements]
    while waiting:
        requirement = _parse(waiting.pop())
        if requirement is None or not _is_installed(requirement):
            continue
        name = canonicalize_name(requirement.name)
        new_extras = {f"{name}[{extra}]" for extra in requirement.extras} - visible
        if name in visible and not new_extras:
            continue
        visible |= {name, *new_extras}
        waiting += _needs(name, requirement.extras)
    return frozenset(name for name in visible if "[" not in name)


def build_view(folder: Path, names: Collection[str]) -> Path:
    """Makes a virtual environment in the new folder that sees these distributions; returns its interpreter."""
    interpreter = folder / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    for name in _PYTHON_NAMES:
        (folder / "bin" / name).symlink_to(sys.executable)
    home = Path(getattr(sys, "_base_executable", sys.executable)).parent
    (folder / "pyvenv.cfg").write_text(
        f"home = {home}\ninclude-system-site-packages = false\n"
    )
    packages = site_packages(folder)
    packages.mkdir(parents=True)
    installed = installed_distributions()
    for name in sorted(names):
        for path in _top_level(installed[name]):
            link = packages / path.name
            if not link.exists():
                link.symlink_to(path)
    return interpreter


def site_packages(folder: Path) -> Path:
    """Where a virtual environment of this Python keeps its packages."""
    places = {"base": str(folder), "platbase": str(folder)}
    return Path(sysconfig.get_path("purelib", "venv", places))


def requirement_lines(*files: Path) -> list[str]:
    """The lines of those of these requirements files that exist, without comments."""
    lines = []
    for file in files:
        if file.is_file():
            lines += file.read_text(encoding="utf-8-sig").splitlines()
    return [line.split(" #")[0].strip() for line in lines]


@cache
def installed_distributions() -> dict[str, Distribution]:
    """The distributions of this interpreter; of two with one name the first on `sys.path`."""
    first: dict[str, Distribution] = {}
    for distribution in distributions():
        first.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution)
    return first


def _parse(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


def _is_installed(requirement: Requirement) -> bool:
    distribution = installed_distributions().get(canonicalize_name(requirement.name))
    if distribution is None:
        return False
    return requirement.specifier.contains(distribution.version, prereleases=True)


def _needs(name: str, extras: Collection[str]) -> list[str]:
    """The requirements of an installed distribution that apply here, without their versions and markers."""
    needs = []
    for line in installed_distributions()[name].requires or ():
        requirement = Requirement(line)
        if _applies(requirement, extras):
            extra = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
            needs.append(requirement.name + extra)
    return needs


def _applies(requirement: Requirement, extras: Collection[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _top_level(distribution: Distribution) -> Iterator[Path]:
    """Each file and folder of a distribution that lies directly in its `site-packages`."""
    record = distribution.read_text("RECORD") or ""
    names = {line.partition(",")[0].partition("/")[0] for line in record.splitlines()}
    for name in sorted(names):
        path = Path(str(distribution.locate_file(name)))
        if name not in _NOT_LINKED and path.exists():
            yield path


def _key(names: Collection[str]) -> str:
    """Differs where the packages, one of their versions or the interpreter does."""
    installed = installed_distributions()
    parts = [
        sys.executable,
        *(f"{name}=={installed[name].version}" for name in sorted(names)),
    ]
    return hashlib.sha256(os.linesep.join(parts).encode()).hexdigest()[:16]


def _move(unfinished: Path, view: Path) -> None:
    """Another thread or process may have made the same view in the meantime."""
    try:
        unfinished.rename(view)
    except OSError:
        shutil.rmtree(unfinished)
        if not view.is_dir():
            raise
