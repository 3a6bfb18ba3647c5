"""A drop's way into the data bucket: what lies in its folder, what is removed, what is uploaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from cli.errors import CommandError
from cli.run_search import list_objects
from contracts import locations
from functions.common.drop import PREFIX, StoredObject, is_junk

REMOVED_AT_ONCE = 1000
"""S3's limit of one request."""


@dataclass(frozen=True)
class UploadPlan:
    """What happens to a model's folder. Names are below it; `replaced` are of the same name as an uploaded one."""

    model: str
    bucket: str
    files: Mapping[str, Path]
    removed: Sequence[str] = ()
    replaced: Sequence[str] = ()
    kept: Sequence[str] = ()

    @property
    def byte_count(self) -> int:
        return sum(path.stat().st_size for path in self.files.values())

    def lines(self) -> Iterator[str]:
        """For the question whether to go on."""
        count = len(self.files)
        files = next(iter(self.files)) if count == 1 else f"{count:,} files"
        size = size_text(self.byte_count)
        yield f"Uploads {files} ({size}) to s3://{self.bucket}/{locations.drop_prefix(self.model)}"
        for title, names in (
            ("Replaces", self.replaced),
            ("Removes", self.removed),
            ("Stays", self.kept),
        ):
            if names:
                yield f"{title}: {_names(names)}"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more"


def size_text(size: int) -> str:
    """`812 bytes`, `3.1 kB`, `2.0 GB`."""
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 1000:
            return f"{size} bytes" if size < 1000 else f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def present_files(s3: Any, bucket: str, model: str) -> dict[str, StoredObject]:
    """What lies in a model's folder, hidden files and read-mes aside: name -> object."""
    prefix = locations.drop_prefix(model)
    return {
        stored.key.removeprefix(prefix): stored
        for stored in list_objects(s3, bucket, prefix)
        if not is_junk(stored.key.removeprefix(PREFIX))
    }


def plan_upload(
    model: str,
    bucket: str,
    files: Mapping[str, Path],
    present: Mapping[str, StoredObject],
    *,
    append: bool,
) -> UploadPlan:
    """The folder holds the drop's files and, where they are appended, those that are there already."""
    others = sorted(set(present) - set(files))
    return UploadPlan(
        model=model,
        bucket=bucket,
        files=files,
        replaced=sorted(set(present) & set(files)),
        removed=[] if append else others,
        kept=others if append else [],
    )


def download(
    s3: Any, bucket: str, objects: Mapping[str, StoredObject], folder: Path
) -> dict[str, Path]:
    """The files by name, so that they can be checked together with new ones."""
    files = {}
    for name, stored in objects.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, stored.key, str(path))
        files[name] = path
    return files


def carry_out(s3: Any, plan: UploadPlan, on_bytes: Callable[[int], None]) -> None:
    """Removes first: a deletion starts nothing, so that no run sees old files beside new ones.

    The bucket keeps earlier versions of what is removed. Raises `CommandError`.
    """
    prefix = locations.drop_prefix(plan.model)
    try:
        for start in range(0, len(plan.removed), REMOVED_AT_ONCE):
            names = plan.removed[start : start + REMOVED_AT_ONCE]
            keys = [{"Key": prefix + name} for name in names]
            s3.delete_objects(Bucket=plan.bucket, Delete={"Objects": keys})
        for name, path in plan.files.items():
            s3.upload_file(str(path), plan.bucket, prefix + name, Callback=on_bytes)
    except (ClientError, S3UploadFailedError) as error:
        raise CommandError(
            f"expected to write to s3://{plan.bucket}/{prefix}; AWS refused: {error}. "
            "Your user needs s3:PutObject, s3:DeleteObject and s3:ListBucket there."
        ) from error
