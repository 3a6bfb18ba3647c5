"""The view of uploads: addresses for the files of a drop, for callers without credentials of AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from contracts import locations
from functions.adapters import clients
from functions.adapters.links import LINK_SECONDS
from functions.api.calls import content_type, json_answer, request_body
from functions.api.errors import ApiError
from functions.api.request_validation import json_body
from functions.common.drop import DropLocation, bad_path, files_of, is_junk, locate

MAX_FILES = 100
MAX_BYTES = 5_000_000_000
"""A little less than what S3 takes in one request."""
EXAMPLE = '{"files": [{"name": "reviews.csv", "bytes": 81920}], "remove": ["old.csv"]}'
_FIELDS = ("files", "remove")
_FILE_FIELDS = {"name", "bytes"}


@dataclass(frozen=True)
class UploadRequest:
    files: Mapping[str, int]
    """Name below the model's folder -> bytes."""
    remove: Sequence[str] = ()
    """Names of files that lie there already and are to go first."""


def upload_request(body: str | bytes | None, content_type: str) -> UploadRequest:
    """Raises a 4xx that names the first field that is wrong."""
    content = json_body(body, content_type)
    if not isinstance(content, dict):
        raise _invalid("body", "an object", content)
    for name, value in content.items():
        if name not in _FIELDS:
            raise _invalid(str(name), f"only the fields {', '.join(_FIELDS)}", value)
    files, remove = content.get("files"), content.get("remove", [])
    if not isinstance(files, list) or not 1 <= len(files) <= MAX_FILES:
        raise _invalid("files", f"a list of 1 to {MAX_FILES} files", files)
    if not isinstance(remove, list) or not all(isinstance(n, str) for n in remove):
        raise _invalid("remove", "a list of names", remove)
    return UploadRequest(dict(_file(item) for item in files), remove)


def _file(item: Any) -> tuple[str, int]:
    if not isinstance(item, dict) or set(item) != _FILE_FIELDS:
        raise _invalid("files", "objects with name and bytes", item)
    name, size = item["name"], item["bytes"]
    if not isinstance(name, str) or not name:
        raise _invalid("files", "a name", name)
    if problem := bad_path(name):
        raise _invalid("files", problem.expected, name)
    if is_junk(name):
        expected = "files of data: hidden files, folders and read-mes are ignored"
        raise _invalid("files", expected, name)
    is_whole = isinstance(size, int) and not isinstance(size, bool)
    if not is_whole or not 1 <= size <= MAX_BYTES:
        expected = f"from 1 to {MAX_BYTES:,} bytes; upload a larger file with traindrop drop or aws s3 cp"
        raise _invalid("files", expected, size)
    return name, size


def create_uploads(model: str) -> Response[str]:
    """201 and an address for each file, which takes that many bytes in the model's folder and nothing else.

    A deletion starts nothing, so that no run sees the files that go beside those that come. The bucket keeps their
    earlier versions.
    """
    request = upload_request(request_body(), content_type())
    place = _place(unquote(model))
    present = _present(place)
    for name in sorted(set(request.remove) & present):
        clients.storage().mark_deleted(f"{place.prefix}{name}")
    links = clients.link_maker()
    uploads = [
        {
            "name": name,
            "method": "PUT",
            "url": links.upload(f"{place.prefix}{name}", size),
            "seconds": LINK_SECONDS,
        }
        for name, size in request.files.items()
    ]
    others = present - set(request.files) - set(request.remove)
    return json_answer(
        {"model": place.model, "uploads": uploads, "present": sorted(others)}, 201
    )


def _place(model: str) -> DropLocation:
    """The folder of a model that there may not be yet."""
    place = locate(f"{locations.drop_prefix(model)}data")
    problem = place.problem if place else None
    if place is None or problem or place.model != model:
        expected = problem.expected if problem else "a name that can be a folder's"
        raise _invalid("model", expected, model)
    return place


def _present(place: DropLocation) -> set[str]:
    stored = clients.storage().list(place.prefix)
    return {file.name for file in files_of(place, stored)}


def _invalid(field: str, expected: str, value: object) -> ApiError:
    message = f"{field}: expected {expected}; found {value!r:.80}. Send, for example: {EXAMPLE}"
    return ApiError(422, "invalid_request", message, field=field)
