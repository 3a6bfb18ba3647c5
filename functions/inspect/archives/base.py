"""What an archive of data holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from contracts.problems import Problem
from functions.inspect.formats.base import UnreadableError


@dataclass(frozen=True)
class Entry:
    """A file in an archive; `open` is called before the next entry is asked for."""

    name: str
    size: int
    """Bytes when unpacked, as the archive says."""
    open: Callable[[], BinaryIO]
    fault: str = ""
    """Why it cannot be unpacked, such as `a link`."""


def damaged(kind: str, reason: object) -> UnreadableError:
    short = str(reason).partition("\n")[0].rstrip(". ")[:120]
    return UnreadableError(
        Problem(
            f"a complete {kind} archive",
            f"a damaged one ({short})",
            "Pack the files again and upload the archive whole.",
        )
    )
