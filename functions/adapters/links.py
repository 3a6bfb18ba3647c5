"""Links to objects of the data bucket: who has one may upload or download that object for a while, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LINK_SECONDS = 3600
"""A link ends earlier where the credentials that it was signed with do."""


@translated
class Links:
    """Nothing is asked of AWS: a link is computed."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload(self, key: str, size: int | None = None) -> str:
        """For a PUT of any body, or of one with so many bytes: their number is signed, so that S3 takes no other."""
        length = {} if size is None else {"ContentLength": size}
        return self._client.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": key, **length},
            ExpiresIn=LINK_SECONDS,
        )

    def download(self, key: str, file_name: str) -> str:
        """For a GET, which browsers save under this name."""
        disposition = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentDisposition": disposition,
            },
            ExpiresIn=LINK_SECONDS,
        )
