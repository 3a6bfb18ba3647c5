"""`requirements.txt` of the user's code: installed only as far as the interpreter lacks something."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement


def missing(file: Path) -> list[str]:
    """The lines the running interpreter does not satisfy; a pip option or anything unreadable counts as one."""
    lines = (line.split(" #")[0].strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    return [line for line in lines if line and not line.startswith("#") and not satisfied(line)]


def satisfied(line: str) -> bool:
    """Whether the requirement is met here, or asks for nothing here; its extras included."""
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    return _met(requirement, extra="")


def _met(requirement: Requirement, extra: str) -> bool:
    if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
        return True
    try:
        found = distribution(requirement.name)
    except PackageNotFoundError:
        return False
    if requirement.url or not requirement.specifier.contains(found.version, prereleases=True):
        return False
    needed = [Requirement(text) for text in found.requires or ()] if requirement.extras else []
    return all(
        _met(inner, wanted) for wanted in requirement.extras for inner in needed if "extra" in str(inner.marker or "")
    )
