"""Members of tar archives that anybody may have made: tarfile reads headers of any size, and keeps each member."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Self

MAX_HEADER_BYTES = 2**20
"""Of a member's long name or extended header; real ones have some hundred bytes."""
_HEADERS = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)

_END: type[tarfile.HeaderError] = tarfile.EOFHeaderError  # type: ignore[attr-defined]
"""A block of zeros, which every archive ends with."""


class TarLimitError(tarfile.TarError):
    """An archive is beyond a limit that no honest one comes near; its text says which."""


class _LimitedMember(tarfile.TarInfo):
    """Refuses a long header before it is read, and an archive that breaks off, which tarfile takes for its end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except _END:
            raise
        except tarfile.HeaderError as error:
            if not archive.offset:
                raise
            raise tarfile.ReadError(
                f"it breaks off behind {archive.offset:,} bytes: {error}"
            ) from error

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _HEADERS and self.size > MAX_HEADER_BYTES:
            raise TarLimitError(
                f"a header of {self.size:,} bytes; at most {MAX_HEADER_BYTES:,} are read"
            )
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise TarLimitError(
                f"the sparse file {self.name[:80]!r}; pack it without --sparse"
            )
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


def members(
    stream: BinaryIO, max_entries: int
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """The members of an uncompressed tar in their order, each with the archive to extract it from before the next.

    Raises `tarfile.TarError` where the archive is broken, and `TarLimitError` beyond a limit.
    """
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_LimitedMember) as archive:
        for count, member in enumerate(archive, 1):
            if count > max_entries:
                raise TarLimitError(f"more than {max_entries:,} files")
            yield archive, member
            archive.members = []  # type: ignore[attr-defined]
