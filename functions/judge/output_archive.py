"""What the rest of the path reads of a training job's `output.tar.gz`."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from functions.common.documents import CONTENT_TYPES

NAMES = ("evaluation.json", "verification.json")
DOCUMENT_BYTES = 1_500_000
"""The most that the API passes on: Lambda answers 6 MB at most, and of some texts escapes make four times as much."""


class OutputError(RuntimeError):
    """A training job left no readable results."""


@dataclass
class Results:
    """File name -> content: of `NAMES` what the JSON says, of `CONTENT_TYPES` the bytes."""

    read: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)


def results(archive: BinaryIO, key: str) -> Results:
    """`key` is only named in errors; documents that are too large are left where they are."""
    found = Results()
    try:
        with tarfile.open(fileobj=archive, mode="r|gz") as members:
            for member in members:
                name = member.name.removeprefix("./")
                wanted = name in NAMES or (name in CONTENT_TYPES and member.size <= DOCUMENT_BYTES)
                content = members.extractfile(member) if wanted else None
                if content is None:
                    continue
                if name in NAMES:
                    found.read[name] = json.load(content)
                else:
                    found.documents[name] = content.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise OutputError(f"{key}: expected a gzipped tar with JSON files; found a broken one ({error})") from error
    missing = [name for name in NAMES if name not in found.read]
    if missing:
        raise OutputError(f"{key}: expected {missing[0]}, written by the training job; found none")
    return found
