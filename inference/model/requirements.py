"""An archive's `code/requirements.txt`: what is missing is installed before the code is imported.

Beside the code, where a later start finds it; where that may not be written to, in a temporary folder.
"""

from __future__ import annotations

import importlib
import logging
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from ..errors import ArchiveError

logger = logging.getLogger(__name__)

FOLDER = "site-packages"
TIMEOUT_SECONDS = 900


def unsatisfied(lines: list[str]) -> list[str]:
    """The lines that pip has work for; options and URLs always count."""
    wanted = [line.partition(" #")[0].strip() for line in lines]
    return [line for line in wanted if line and not line.startswith("#") and not _is_satisfied(line)]


def _is_satisfied(line: str, extra: str = "") -> bool:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            return True
        found = metadata.distribution(requirement.name)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False
    if requirement.url or not requirement.specifier.contains(found.version, prereleases=True):
        return False
    needed = [part for part in found.requires or [] if "extra" in part]
    return all(_is_satisfied(part, name) for name in requirement.extras for part in needed)


def install_requirements(code_dir: Path) -> list[str]:
    """What was installed, into a folder `site-packages` that goes first on the path. Raises `ArchiveError`."""
    path, packed = code_dir / "requirements.txt", code_dir / FOLDER
    if not path.is_file():
        return []
    if packed.is_dir():
        _enter(packed)
    missing = unsatisfied(path.read_text("utf-8-sig").splitlines())
    if missing:
        target = _writable(code_dir) / FOLDER
        logger.info("installing %s for %s into %s", ", ".join(missing), code_dir, target)
        _pip(missing, path, target)
        _enter(target)
    return missing


def _writable(code_dir: Path) -> Path:
    """The folder itself, or a temporary one of links to what it holds, since the file may name others beside it."""
    packed = code_dir / FOLDER
    if all(os.access(folder, os.W_OK) for folder in (code_dir, packed) if folder.is_dir()):
        return code_dir
    room = Path(tempfile.mkdtemp(prefix="traindrop-code-"))
    for each in code_dir.iterdir():
        if each != packed:
            (room / each.name).symlink_to(each.resolve())
    return room


def _enter(target: Path) -> None:
    if str(target) not in sys.path:
        sys.path.insert(0, str(target))
    importlib.invalidate_caches()


def _pip(missing: list[str], path: Path, target: Path) -> None:
    listed = target.parent / ".requirements-missing.txt"
    listed.write_text("\n".join(missing) + "\n", "utf-8")
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    command += ["--target", str(target), "--upgrade", "-r", str(listed)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS, cwd=target.parent
        )
    except subprocess.TimeoutExpired:
        raise ArchiveError(
            f"expected {path} to install within {TIMEOUT_SECONDS} s; it did not. Pin fewer packages."
        ) from None
    finally:
        listed.unlink()
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise ArchiveError(f"expected {path} to install; pip said:\n{said}\nCorrect the names and versions in it.")
