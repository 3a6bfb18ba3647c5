"""What the rest of the path reads of a training job's `output.tar.gz`.

The job may run code of the drop's owner: the archive is data, read within limits, whatever is in it.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import zlib
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from contracts import locations
from contracts.evaluation import Evaluation
from contracts.verification import MAX_ROWS, Verification
from functions.common.documents import CONTENT_TYPES
from functions.common.tar_members import TarLimitError, members

REQUIRED_NAMES = (locations.EVALUATION, locations.VERIFICATION)
DOCUMENT_BYTES = 1_500_000
"""The most that the API passes on: Lambda answers 6 MB at most, and of some texts escapes make four times as much."""
REQUIRED_BYTES = 32 * 2**20
"""Of `evaluation.json` or `verification.json`: as Python's objects they take up to twenty times as much."""
MAX_UNPACKED_BYTES = 30 * 2**30
MAX_ENTRIES = 100_000


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
        with gzip.open(archive) as unpacked:
            _read_members(cast(BinaryIO, unpacked), output)
    except TarLimitError as error:
        raise OutputError(
            f"{key}: expected what a training job leaves; found {error}. Leave less in the output directory."
        ) from error
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise OutputError(
            f"{key}: expected a gzipped tar with JSON files; found a broken one ({error})"
        ) from error
    except RecursionError as error:
        raise OutputError(
            f"{key}: expected JSON files; found one that is nested too deep"
        ) from error
    missing = [name for name in REQUIRED_NAMES if name not in output.read]
    if missing:
        raise OutputError(
            f"{key}: expected {missing[0]}, written by the training job; found none"
        )
    _check_verification(output, key)
    return output


def _read_members(unpacked: BinaryIO, output: JobOutput) -> None:
    total = 0
    for archive, member in members(unpacked, MAX_ENTRIES):
        total += member.size
        if total > MAX_UNPACKED_BYTES:
            raise TarLimitError(f"more than {MAX_UNPACKED_BYTES // 2**30} GiB")
        name = member.name.removeprefix("./")
        if name in REQUIRED_NAMES and member.size > REQUIRED_BYTES:
            raise TarLimitError(
                f"{name} of {member.size:,} bytes; at most {REQUIRED_BYTES:,} are read"
            )
        is_wanted = name in REQUIRED_NAMES or (
            name in CONTENT_TYPES and member.size <= DOCUMENT_BYTES
        )
        content = archive.extractfile(member) if is_wanted and member.isfile() else None
        if content is None:
            continue
        if name in REQUIRED_NAMES:
            output.read[name] = json.load(content)
        else:
            output.documents[name] = content.read()


def _check_verification(output: JobOutput, key: str) -> None:
    """Raises `ContractError` where the job left something else."""
    rows = Verification.read(output.read[locations.VERIFICATION]).rows
    if len(rows) > MAX_ROWS:
        raise OutputError(
            f"{key}: expected at most {MAX_ROWS} rows in {locations.VERIFICATION}; found {len(rows):,}. "
            "Leave fewer: the endpoint is asked each of them."
        )
