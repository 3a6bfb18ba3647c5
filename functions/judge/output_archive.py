"""What the rest of the path reads of a training job's `output.tar.gz`."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from contracts import locations
from contracts.evaluation import Evaluation
from functions.common.documents import CONTENT_TYPES

REQUIRED_NAMES = (locations.EVALUATION, locations.VERIFICATION)
DOCUMENT_BYTES = 1_500_000
"""The most that the API passes on: Lambda answers 6 MB at most, and of some texts escapes make four times as much."""


class OutputError(RuntimeError):
    """A training job left no readable results."""


@dataclass
class JobOutput:
    """File name -> content: parsed JSON of `REQUIRED_NAMES`, bytes of those in `CONTENT_TYPES`."""

    read: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)

    @property
    def evaluation(self) -> Evaluation:
        """Raises `ContractError` where the job left something else."""
        return Evaluation.read(self.read[locations.EVALUATION])


def read_output(archive: BinaryIO, key: str) -> JobOutput:
    """`key` is only named in errors; documents that are too large are left where they are."""
    output = JobOutput()
    try:
        with tarfile.open(fileobj=archive, mode="r|gz") as members:
            for member in members:
                name = member.name.removeprefix("./")
                wanted = name in REQUIRED_NAMES or (
                    name in CONTENT_TYPES and member.size <= DOCUMENT_BYTES
                )
                content = members.extractfile(member) if wanted else None
                if content is None:
                    continue
                if name in REQUIRED_NAMES:
                    output.read[name] = json.load(content)
                else:
                    output.documents[name] = content.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise OutputError(
            f"{key}: expected a gzipped tar with JSON files; found a broken one ({error})"
        ) from error
    missing = [name for name in REQUIRED_NAMES if name not in output.read]
    if missing:
        raise OutputError(
            f"{key}: expected {missing[0]}, written by the training job; found none"
        )
    return output
