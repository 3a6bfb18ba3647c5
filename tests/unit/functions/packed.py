"""Archives of data files."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping

Content = bytes | str
_LINK = 0o120777
_FILE = 0o100644
_LOCAL_COMPRESSION_BYTE, _CENTRAL_COMPRESSION_BYTE = 8, 10
_ENCRYPTED_FLAG = 1
_LOCAL_FLAG_BYTE, _CENTRAL_FLAG_BYTE = 6, 8


def zipped(files: Mapping[str, Content], link: str = "") -> bytes:
    """A ZIP archive; the file called `link` is a symbolic link to its content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (_LINK if name == link else _FILE) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return content.getvalue()


def with_password(archive: bytes) -> bytes:
    """The archive with its first file marked as encrypted."""
    content = bytearray(archive)
    content[_LOCAL_FLAG_BYTE] |= _ENCRYPTED_FLAG
    content[content.index(b"PK\x01\x02") + _CENTRAL_FLAG_BYTE] |= _ENCRYPTED_FLAG
    return bytes(content)


def with_compression(archive: bytes, number: int) -> bytes:
    """The archive with its first file marked as compressed in another way."""
    content = bytearray(archive)
    content[_LOCAL_COMPRESSION_BYTE] = number
    content[content.index(b"PK\x01\x02") + _CENTRAL_COMPRESSION_BYTE] = number
    return bytes(content)


def tarred(
    files: Mapping[str, Content], compression: str = "gz", link: str = ""
) -> bytes:
    """A tar archive; `link` is one more member, a symbolic link."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
    return content.getvalue()
