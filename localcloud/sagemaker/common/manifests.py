"""The packages of SageMaker's images, by `requirements/images/`: a file for each image, made from its public recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.utils import canonicalize_name

import localcloud

FOLDER = Path(localcloud.__file__).parents[1] / "requirements" / "images"
_FIELD_SEPARATOR = ": "


@dataclass(frozen=True)
class Manifest:
    """What one image holds."""

    image: str
    """Repository and tag."""
    python: str
    """The minor version of its Python, such as `3.12`."""
    packages: Mapping[str, str]
    """Version by distribution, names as PyPI normalises them."""


@cache
def read_manifest(repository: str) -> Manifest | None:
    """The manifest of the image with this repository name; None where there is none."""
    file = FOLDER / f"{repository}.txt"
    return parse_manifest(file.read_text("utf-8")) if file.is_file() else None


def parse_manifest(text: str) -> Manifest:
    """A manifest of lines `name==version` below comments that hold its fields. Raises `ValueError` for any other."""
    fields: dict[str, str] = {}
    packages: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            name, _, value = line.removeprefix("# ").partition(_FIELD_SEPARATOR)
            fields[name] = value
        elif line:
            package, separator, version = line.partition("==")
            if not separator:
                raise ValueError(
                    f"expected name==version in an image's manifest; found {line!r}. Run make lock-images."
                )
            packages[canonicalize_name(package)] = version
    return Manifest(fields["image"], fields["python"], packages)
