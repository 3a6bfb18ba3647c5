"""A version of an object in the data bucket, as the ledger knows it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from contracts.documents import Record


@dataclass(frozen=True)
class StoredVersion(Record):
    """One version of an object of the data bucket, as Traindrop itself left it: what later steps read, and no other."""

    key: str
    version_id: str
    size: int
    """Bytes."""
    sha256: str = ""
    """Of a document; in hexadecimal."""
    etag: str = ""
    """Of an archive, as S3 computed it."""

    @classmethod
    def of(cls, key: str, data: bytes, version_id: str) -> StoredVersion:
        digest = hashlib.sha256(data).hexdigest()
        return cls(key=key, version_id=version_id, size=len(data), sha256=digest)

    def holds(self, data: bytes) -> bool:
        """Whether these are the bytes of the document."""
        return hashlib.sha256(data).hexdigest() == self.sha256
