"""The packages that an archive's code needs: missing ones are installed before the code is imported.

They go beside the code, where a later start finds them, or into a temporary folder where that is read-only. Into a
folder of its own pip would install everything anew, torch too: so pip is first asked what is missing here.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from contracts.locations import PACKED_REQUIREMENTS, REQUIREMENTS

from ..protocols.errors import ArchiveError, words_of
from .requirement_plan import (
    PlannedPackage,
    option_lines,
    read_plan,
    replaced_packages,
    requirement_lines,
)

logger = logging.getLogger(__name__)

FOLDER = "site-packages"
TIMEOUT_SECONDS = 900
PIP_LINES = 8
"""How many lines of pip's output an error repeats."""

_targets: list[Path] = []
"""The folders of installed packages that were put on `sys.path`."""


def unsatisfied(lines: list[str]) -> list[str]:
    """The lines that pip has work for; options and URLs always count."""
    missing: list[str] = []
    for line in lines:
        text = line.partition(" #")[0].strip()
        if text and not text.startswith("#") and not _is_satisfied(text):
            missing.append(text)
    return missing


def _is_satisfied(line: str, extra: str = "") -> bool:
    """Whether what a line asks for, if anything on this machine, is installed with its extras."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate(
            {"extra": extra}
        ):
            return True
        distribution = metadata.distribution(requirement.name)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False
    if requirement.url or not requirement.specifier.contains(
        distribution.version, prereleases=True
    ):
        return False
    of_extras = [line for line in distribution.requires or [] if "extra" in line]
    return all(
        _is_satisfied(line, name) for name in requirement.extras for line in of_extras
    )


def install_requirements(code_dir: Path) -> list[str]:
    """Installs what is missing into a folder `site-packages`, which goes first on `sys.path`; the lines installed.

    Raises `ArchiveError`.
    """
    path = requirements_file(code_dir)
    if not path.is_file() or not _missing(path, code_dir):
        return []
    folder = _writable(code_dir)
    with _lock(folder):
        # Another worker may have installed them in the meantime.
        missing = _missing(path, folder)
        if missing:
            target = folder / FOLDER
            logger.info(
                "installing %s for %s into %s", ", ".join(missing), code_dir, target
            )
            _install(missing, path, target)
            _enter(target)
    return missing


def blame_replaced(code_dir: Path, error: Exception) -> ArchiveError | None:
    """The error as that of packages of the requirements that stand in front of the server's own; None without any."""
    targets = [target for target in _targets if str(target) in sys.path]
    replaced = [words for target in targets for words in replaced_packages(target)]
    if not replaced:
        return None
    return ArchiveError(
        f"expected a model that loads; found {type(error).__name__}: {words_of(error)}. "
        f"{requirements_file(code_dir)} replaces {', '.join(replaced)}: leave these out, or name the server's versions."
    )


def requirements_file(code_dir: Path) -> Path:
    """The file that names the packages, which need not exist."""
    packed = code_dir / PACKED_REQUIREMENTS
    return packed if packed.is_file() else code_dir / REQUIREMENTS


def _missing(path: Path, folder: Path) -> list[str]:
    """The lines of the file that are neither installed nor packed below the folder."""
    packed = folder / FOLDER
    if packed.is_dir():
        _enter(packed)
    return unsatisfied(requirement_lines(path))


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Workers that start at the same time install one after the other."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _writable(code_dir: Path) -> Path:
    """The folder itself, or a temporary one with links to its files, because requirements may name some of them."""
    packed = code_dir / FOLDER
    folders = [folder for folder in (code_dir, packed) if folder.is_dir()]
    if all(os.access(folder, os.W_OK) for folder in folders):
        return code_dir
    temporary = Path(tempfile.mkdtemp(prefix="traindrop-code-"))
    for path in code_dir.iterdir():
        if path != packed:
            (temporary / path.name).symlink_to(path.resolve())
    return temporary


def _enter(target: Path) -> None:
    """Puts the folder first on `sys.path`."""
    if str(target) not in sys.path:
        sys.path.insert(0, str(target))
    if target not in _targets:
        _targets.append(target)
        for words in replaced_packages(target):
            logger.warning("%s replaces %s", target, words)
    importlib.invalidate_caches()


def _install(missing: list[str], path: Path, target: Path) -> None:
    """Installs what the lines of the file `path` need and is not here into `target`. Raises `ArchiveError`."""
    plan = _plan(missing, path, target)
    if not plan:
        return
    lines = option_lines(missing, target.parent)
    lines += [package.requirement for package in plan]
    _pip(["--target", str(target), "--upgrade", "--no-deps"], lines, path, target)


def _plan(missing: list[str], path: Path, target: Path) -> list[PlannedPackage]:
    """What pip would install, besides what is installed here or in `target`. Raises `ArchiveError`."""
    report = target.parent / ".requirements-plan.json"
    try:
        _pip(["--dry-run", "--report", str(report)], missing, path, target)
        return read_plan(json.loads(report.read_text("utf-8")))
    finally:
        report.unlink(missing_ok=True)


def _pip(options: list[str], lines: list[str], path: Path, target: Path) -> None:
    """`pip install` of the lines. Raises `ArchiveError` about the file `path`, with the end of pip's output."""
    file = target.parent / ".requirements-missing.txt"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--quiet", *options, "-r", str(file)]
    python_path = [str(target), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
    }
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
            cwd=target.parent,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise ArchiveError(
            f"expected {path} to install within {TIMEOUT_SECONDS} s; it did not. Pin fewer packages."
        ) from None
    finally:
        file.unlink()
    if done.returncode:
        output = "\n".join(done.stderr.strip().splitlines()[-PIP_LINES:])
        raise ArchiveError(
            f"expected {path} to install; pip said:\n{output}\nCorrect the names and versions in it."
        )
