"""The two files of a training job's `output.tar.gz` that the rest of the path reads."""

from __future__ import annotations

import json
import tarfile
from typing import Any, BinaryIO

NAMES = ("evaluation.json", "verification.json")


class OutputError(RuntimeError):
    """A training job left no readable results."""


def results(archive: BinaryIO, key: str) -> dict[str, Any]:
    """File name -> content of `NAMES`; `key` is only named in errors."""
    found: dict[str, Any] = {}
    try:
        with tarfile.open(fileobj=archive, mode="r|gz") as members:
            for member in members:
                name = member.name.removeprefix("./")
                content = members.extractfile(member) if name in NAMES else None
                if content is not None:
                    found[name] = json.load(content)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise OutputError(f"{key}: expected a gzipped tar with JSON files; found a broken one ({error})") from error
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise OutputError(f"{key}: expected {missing[0]}, written by the training job; found none")
    return found
