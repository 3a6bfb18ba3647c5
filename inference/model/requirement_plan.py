"""What a requirements file says, and what pip plans to install of it."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ..protocols.errors import ArchiveError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""In the order in which they are looked for: that of UTF-16 begins that of UTF-32."""
_OTHER_FILE = re.compile(r"(?:-r|--requirement)[ =]?\s*(.+)")
_NOT_OPTIONS = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")


@dataclass(frozen=True)
class PlannedPackage:
    """A package that pip would install; `requirement` is the line that names exactly it."""

    name: str
    requirement: str


@dataclass(frozen=True)
class UndecodedLine:
    """The first line of a file that is not in its encoding, counted from 1."""

    number: int


def requirement_lines(path: Path) -> list[str]:
    """The file's lines. Raises `ArchiveError`."""
    lines = decoded_lines(path.read_bytes())
    if isinstance(lines, UndecodedLine):
        raise ArchiveError(
            f"expected {path} in UTF-8; found bytes in line {lines.number} that are not. Save it as UTF-8."
        )
    return lines


def decoded_lines(content: bytes) -> list[str] | UndecodedLine:
    """The lines of a requirements file, by its byte-order mark, as pip reads it; else it is UTF-8."""
    encoding = "utf-8"
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            content, encoding = content[len(mark) :], name
            break
    try:
        return content.decode(encoding).splitlines()
    except UnicodeDecodeError as error:
        return UndecodedLine(content[: error.start].count(b"\n") + 1)


def option_lines(lines: Sequence[str], folder: Path) -> list[str]:
    """The lines that say where packages are found, also those of the files of the folder that the lines name."""
    options: list[str] = []
    for line in lines:
        other = _OTHER_FILE.match(line)
        if other and (folder / other[1].strip()).is_file():
            options += option_lines(
                requirement_lines(folder / other[1].strip()), folder
            )
        elif line.startswith("-") and not line.startswith(_NOT_OPTIONS):
            options.append(line)
    return options


def read_plan(report: Mapping[str, Any]) -> list[PlannedPackage]:
    """The packages of what `pip install --dry-run --report` writes."""
    plan: list[PlannedPackage] = []
    for entry in report["install"]:
        name, version = entry["metadata"]["name"], entry["metadata"]["version"]
        requirement = f"{name}=={version}"
        if entry["is_direct"]:
            requirement = f"{name} @ {_address(entry['download_info'])}"
        plan.append(PlannedPackage(name, requirement))
    return plan


def _address(source: Mapping[str, Any]) -> str:
    """The URL of a package that its requirement names by one."""
    url = str(source["url"])
    if repository := source.get("vcs_info"):
        url = f"{repository['vcs']}+{url}@{repository['commit_id']}"
    if folder := source.get("subdirectory"):
        url = f"{url}#subdirectory={folder}"
    return url


def replaced_packages(target: Path) -> list[str]:
    """The packages in the folder that are installed elsewhere on `sys.path` in another version, as words."""
    others = [entry for entry in sys.path if Path(entry or ".") != target]
    before = _versions(others)
    replaced: list[str] = []
    for name, version in _versions([str(target)]).items():
        if before.get(name, version) != version:
            replaced.append(f"{name} {before[name]} by {version}")
    return sorted(replaced)


def _versions(path: list[str]) -> dict[str, str]:
    """The packages in these folders by their canonical names, in the versions that Python would import."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415

    versions: dict[str, str] = {}
    for distribution in metadata.distributions(path=path):
        # What an interrupted installation leaves behind has no name.
        if distribution.name:
            name = canonicalize_name(distribution.name)
            versions.setdefault(name, distribution.version)
    return versions
