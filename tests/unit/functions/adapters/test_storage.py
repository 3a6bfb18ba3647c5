"""The requests that the storage adapter sends, and what it makes of the answers; botocore checks their shapes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from functions.adapters import storage as storage_module
from functions.adapters.errors import RefusedError
from functions.adapters.storage import Storage, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def s3() -> S3Client:
    return boto3.client(
        "s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )


@pytest.fixture
def stub(s3: S3Client) -> Iterator[Stubber]:
    with Stubber(s3) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def body(data: bytes, claimed: int | None = None) -> StreamingBody:
    return StreamingBody(io.BytesIO(data), len(data) if claimed is None else claimed)


def version(key: str, number: str, latest: bool = True) -> dict[str, Any]:
    return {
        "Key": key,
        "VersionId": number,
        "IsLatest": latest,
        "Size": 3,
        "ETag": '"e"',
        "LastModified": MOMENT,
    }


def ranged(start: int, **more: Any) -> dict[str, Any]:
    return {"Bucket": "b", "Key": "k", "Range": f"bytes={start}-{start + 3}"} | more


def test_a_listing_has_current_versions_only(s3: S3Client, stub: Stubber) -> None:
    answer = {
        "Versions": [
            version("p/a", "2"),
            version("p/a", "1", latest=False),
            version("p/gone", "1", latest=False),
        ],
        "DeleteMarkers": [{"Key": "p/gone", "VersionId": "2", "IsLatest": True}],
    }
    stub.add_response("list_object_versions", answer, {"Bucket": "b", "Prefix": "p/"})
    assert Storage(s3, "b").list("p/") == [StoredObject("p/a", 3, "e", "2", MOMENT)]


def test_an_object_is_read_in_ranges_of_one_version(
    s3: S3Client, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "BLOCK", 4)
    stub.add_response(
        "get_object",
        {"Body": body(b"abcd"), "ContentRange": "bytes 0-3/6"},
        ranged(0, VersionId="7"),
    )
    stub.add_response(
        "get_object",
        {"Body": body(b"ef"), "ContentRange": "bytes 4-5/6"},
        ranged(4, VersionId="7"),
    )
    assert Storage(s3, "b").open("k", "7").read() == b"abcdef"


def test_a_range_that_breaks_off_is_read_again(
    s3: S3Client, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "BLOCK", 4)
    stub.add_response(
        "get_object", {"Body": body(b"ab", 4), "ContentRange": "bytes 0-3/4"}, ranged(0)
    )
    stub.add_response(
        "get_object", {"Body": body(b"abcd"), "ContentRange": "bytes 0-3/4"}, ranged(0)
    )
    assert Storage(s3, "b").open("k").read() == b"abcd"


def test_an_empty_object_reads_as_nothing(s3: S3Client, stub: Stubber) -> None:
    stub.add_client_error("get_object", "InvalidRange", http_status_code=416)
    assert Storage(s3, "b").open("k").read() == b""


def test_json_goes_in_and_comes_out(s3: S3Client, stub: Stubber) -> None:
    text = '{\n  "name": "Café"\n}'.encode()
    put = {"Bucket": "b", "Key": "k", "Body": text, "ContentType": "application/json"}
    stub.add_response("put_object", {}, put)
    stub.add_response("get_object", {"Body": body(text)}, {"Bucket": "b", "Key": "k"})
    store = Storage(s3, "b")
    store.write_json("k", {"name": "Café"})
    assert store.read_json("k") == {"name": "Café"}


def test_a_copy_is_of_one_version_and_does_not_pass_through_here(
    s3: S3Client, stub: Stubber
) -> None:
    source = {"Bucket": "b", "Key": "datasets/ü m/a b.csv", "VersionId": "v+1"}
    stub.add_response("head_object", {"ContentLength": 3, "ETag": '"e"'}, source)
    copied = {
        "CopySource": source,
        "Bucket": "b",
        "Key": "runs/r/data/train/a b.csv",
        "TaggingDirective": "REPLACE",
    }
    stub.add_response("copy_object", {"CopyObjectResult": {"ETag": '"e"'}}, copied)
    Storage(s3, "b").copy(source["Key"], "v+1", "runs/r/data/train/a b.csv")


def test_a_missing_object_does_not_exist(s3: S3Client, stub: Stubber) -> None:
    stub.add_response("head_object", {}, {"Bucket": "b", "Key": "k"})
    stub.add_client_error("head_object", "404", http_status_code=404)
    assert [Storage(s3, "b").exists("k"), Storage(s3, "b").exists("k")] == [True, False]


def test_a_refusal_is_not_taken_for_a_missing_object(
    s3: S3Client, stub: Stubber
) -> None:
    stub.add_client_error("head_object", "403", http_status_code=403)
    with pytest.raises(RefusedError, match="403"):
        Storage(s3, "b").exists("k")


def test_removing_a_prefix_removes_every_version_and_marker(
    s3: S3Client, stub: Stubber
) -> None:
    listing = {
        "Versions": [version("p/a", "2"), version("p/a", "1", latest=False)],
        "DeleteMarkers": [{"Key": "p/b", "VersionId": "3", "IsLatest": True}],
    }
    gone = [
        {"Key": "p/a", "VersionId": "2"},
        {"Key": "p/a", "VersionId": "1"},
        {"Key": "p/b", "VersionId": "3"},
    ]
    stub.add_response("list_object_versions", listing, {"Bucket": "b", "Prefix": "p/"})
    stub.add_response(
        "delete_objects",
        {},
        {"Bucket": "b", "Delete": {"Objects": gone, "Quiet": True}},
    )
    assert Storage(s3, "b").delete_prefix("p/") == 3


def test_a_version_that_cannot_be_removed_is_an_error(
    s3: S3Client, stub: Stubber
) -> None:
    stub.add_response("list_object_versions", {"Versions": [version("p/a", "1")]})
    stub.add_response(
        "delete_objects",
        {"Errors": [{"Key": "p/a", "Code": "AccessDenied", "Message": "no"}]},
    )
    with pytest.raises(RefusedError, match="AccessDenied"):
        Storage(s3, "b").delete_prefix("p/")


def test_an_object_has_an_address(s3: S3Client) -> None:
    assert Storage(s3, "b").uri("a/b c.csv") == "s3://b/a/b c.csv"
