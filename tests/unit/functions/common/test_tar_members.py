from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from typing import Any

import pytest

from functions.common.tar_members import MAX_HEADER_BYTES, TarLimitError, members


def tar(infos: Iterable[tarfile.TarInfo], **options: Any) -> io.BytesIO:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", **options) as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    packed.seek(0)
    return packed


def info(name: str, size: int = 1) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    return member


def names(packed: io.BytesIO, max_entries: int = 10) -> list[str]:
    return [member.name for _, member in members(packed, max_entries)]


def test_members_come_in_order_with_their_content() -> None:
    packed, contents = tar([info("a" * 200, 3), info("b", 2)]), []
    for archive, member in members(packed, 10):
        stream = archive.extractfile(member)
        contents.append((member.name[:1], stream.read() if stream else b""))
    assert contents == [("a", b"xxx"), ("b", b"xx")]


def test_as_many_members_as_allowed_and_no_more() -> None:
    many = [info(str(i)) for i in range(11)]
    assert len(names(tar(many[:10]))) == 10
    with pytest.raises(TarLimitError, match="more than 10 files"):
        names(tar(many))


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_long_header_is_not_read(form: int) -> None:
    with pytest.raises(
        TarLimitError, match=r"a header of 1,0\d\d,\d{3} bytes; at most"
    ):
        names(tar([info("n" * (MAX_HEADER_BYTES + 1))], format=form))


def test_an_endless_sparse_file_is_not_read() -> None:
    sparse = info("weights")
    sparse.type = tarfile.GNUTYPE_SPARSE
    with pytest.raises(TarLimitError, match="the sparse file 'weights'"):
        names(tar([sparse]))
