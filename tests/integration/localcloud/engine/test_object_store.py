"""Large objects through the engine: on the disk in the end, never in memory."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import psutil
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine, eventually

MB = 2**20
BODY = os.urandom(MB) * 40
PARTS = TransferConfig(
    multipart_threshold=MB, multipart_chunksize=6 * MB, use_threads=False
)


@pytest.fixture(scope="module")
def s3(engine: Engine) -> Any:
    client = engine.client("s3")
    client.create_bucket(Bucket="large")
    client.put_bucket_versioning(
        Bucket="large", VersioningConfiguration={"Status": "Enabled"}
    )
    return client


def content(s3: Any, key: str, **more: Any) -> bytes:
    body: bytes = s3.get_object(Bucket="large", Key=key, **more)["Body"].read()
    return body


def memory_mb(engine: Engine) -> float:
    assert engine.process is not None
    return float(psutil.Process(engine.process.pid).memory_info().rss) / MB


def test_a_large_object_comes_back_whole_in_ranges_and_by_version(s3: Any) -> None:
    first = s3.put_object(Bucket="large", Key="a/whole", Body=BODY)
    assert first["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    s3.put_object(Bucket="large", Key="a/whole", Body=b"small")
    assert content(s3, "a/whole") == b"small"
    assert content(s3, "a/whole", VersionId=first["VersionId"]) == BODY
    s3.put_object(Bucket="large", Key="a/whole", Body=BODY[:-1])
    assert content(s3, "a/whole", Range="bytes=5-2000000") == BODY[5:2000001]
    assert content(s3, "a/whole", Range="bytes=-7") == BODY[-8:-1]
    head = s3.head_object(Bucket="large", Key="a/whole")
    assert head["ContentLength"] == len(BODY) - 1


def test_an_upload_in_parts_is_joined(s3: Any, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(BODY + b"end")
    s3.upload_file(str(source), "large", "a/parts", Config=PARTS)
    assert s3.head_object(Bucket="large", Key="a/parts")["ETag"].endswith('-7"')
    s3.download_file("large", "a/parts", str(back))
    assert back.read_bytes() == BODY + b"end"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_of_large_bodies_are_checked(s3: Any, algorithm: str) -> None:
    s3.put_object(
        Bucket="large", Key="sum", Body=BODY[:MB], ChecksumAlgorithm=algorithm
    )
    head = s3.head_object(Bucket="large", Key="sum", ChecksumMode="ENABLED")
    wrong = {f"Checksum{algorithm}": head[f"Checksum{algorithm}"]}
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket="large", Key="sum", Body=BODY[: MB + 1], **wrong)


def test_a_copy_is_whole_even_of_a_part_and_of_what_is_replaced_meanwhile(
    s3: Any,
) -> None:
    source = {"Bucket": "large", "Key": "copied"}
    s3.put_object(Bucket="large", Key="copied", Body=BODY)
    s3.copy_object(Bucket="large", Key="copy", CopySource=source)
    upload = s3.create_multipart_upload(Bucket="large", Key="joined")["UploadId"]
    target = {"Bucket": "large", "Key": "joined", "UploadId": upload}
    copied = s3.upload_part_copy(
        **target,
        PartNumber=1,
        CopySource=source,
        CopySourceRange=f"bytes=3-{6 * MB + 2}",
    )
    s3.put_object(Bucket="large", Key="copied", Body=b"replaced")
    etag = copied["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(
        **target, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}
    )
    assert content(s3, "copy") == BODY
    assert content(s3, "joined") == BODY[3 : 6 * MB + 3]


def test_versions_and_uploads_do_not_stay_in_memory(
    engine: Engine, s3: Any, tmp_path: Path
) -> None:
    s3.put_object(Bucket="large", Key="warm", Body=BODY)
    before = memory_mb(engine)
    source = tmp_path / "source"
    source.write_bytes(BODY)
    for number in range(4):
        s3.put_object(Bucket="large", Key="often", Body=BODY)
        s3.upload_file(str(source), "large", f"parts{number}", Config=PARTS)
        assert len(content(s3, "often")) == len(BODY)
    assert memory_mb(engine) - before < 30, "320 MB went through"
    assert list((engine.state / "incoming").iterdir()) == []


def test_an_upload_that_is_given_up_leaves_nothing(engine: Engine, s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket="large", Key="given-up")["UploadId"]
    target = {"Bucket": "large", "Key": "given-up", "UploadId": upload}
    s3.upload_part(**target, PartNumber=1, Body=BODY[: 6 * MB])
    assert len(list((engine.state / "incoming").iterdir())) == 1
    s3.abort_multipart_upload(**target)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_object(Bucket="nowhere", Key="a", Body=BODY)

    def is_empty() -> bool:
        s3.list_buckets()
        return not list((engine.state / "incoming").iterdir())

    eventually(is_empty)


def test_a_body_in_frames_is_decoded(engine: Engine, s3: Any) -> None:
    frames = b"%x\r\n%s\r\n0\r\n\r\n" % (2 * MB, BODY[: 2 * MB])
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(2 * MB),
        "content-encoding": "aws-chunked",
    }
    path = "/large/framed"
    answer = engine.request("PUT", path, frames, headers, signed_for="s3")
    assert answer[0] == 200, answer[1]
    assert content(s3, "framed") == BODY[: 2 * MB]
    short = headers | {"x-amz-decoded-content-length": "5"}
    answer = engine.request("PUT", path, frames, short, signed_for="s3")
    assert answer[0] == 400


def test_objects_are_there_after_a_kill(own_engine: Engine) -> None:
    s3 = own_engine.client("s3")
    s3.create_bucket(Bucket="large")
    s3.put_object(Bucket="large", Key="kept", Body=BODY)
    own_engine.restart(9)  # type: ignore[arg-type]
    assert content(s3, "kept") == BODY
