"""Transform jobs as boto3 sees them."""

from __future__ import annotations

import gzip
import json
import signal
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.integration.localcloud.sagemaker.conftest import BUCKET, Local, wait_until

LOG_GROUP = "/aws/sagemaker/TransformJobs"
INPUT_FIELDS = ("ContentType", "SplitType", "CompressionType")
OUTPUT_FIELDS = ("Accept", "AssembleWith")


def begin(local: Local, objects: dict[str, bytes], **options: Any) -> str:
    """Starts a job on these objects, by name; the name of the job, its prefix and its model."""
    name = f"transform-{uuid.uuid4().hex[:8]}"
    for key, body in objects.items():
        local.put(f"{name}/in/{key}", body)
    uri = options.pop("uri", f"s3://{BUCKET}/{name}/in/")
    model = options.pop("model", None) or local.make_config("one")
    source = {"S3DataType": options.pop("data_type", "S3Prefix"), "S3Uri": uri}
    data: dict[str, Any] = {"DataSource": {"S3DataSource": source}}
    output: dict[str, Any] = {"S3OutputPath": f"s3://{BUCKET}/{name}/out"}
    options = {"ContentType": "text/csv", "SplitType": "Line"} | options
    for field in INPUT_FIELDS:
        if field in options:
            data[field] = options.pop(field)
    for field in OUTPUT_FIELDS:
        if field in options:
            output[field] = options.pop(field)
    request: dict[str, Any] = {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": data,
        "TransformOutput": output,
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    local.sagemaker.create_transform_job(**{**request, **options})
    return name


def ended(local: Local, name: str) -> Any:
    waiter = local.sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return local.sagemaker.describe_transform_job(TransformJobName=name)


def failed(local: Local, name: str) -> Any:
    with pytest.raises(WaiterError):
        ended(local, name)
    return local.sagemaker.describe_transform_job(TransformJobName=name)


def outputs(local: Local, name: str) -> dict[str, bytes]:
    prefix = f"{name}/out/"
    listing = local.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    bodies = {}
    for item in listing.get("Contents", []):
        key = item["Key"]
        bodies[key.removeprefix(prefix)] = local.get(f"s3://{BUCKET}/{key}")
    return bodies


def data_log(local: Local, name: str) -> list[str]:
    return [
        line
        for line in local.log_lines(LOG_GROUP, name)
        if line.startswith("[sagemaker logs]")
    ]


def test_every_object_below_the_prefix_has_its_output(local: Local) -> None:
    name = begin(
        local, {"a.csv": b"1\n22\n333\n", "b/c.csv": b"4444\n"}, AssembleWith="Line"
    )
    job = ended(local, name)
    assert job["TransformJobStatus"] == "Completed"
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    assert outputs(local, name) == {
        "a.csv.out": b"[3, 1]\n[3, 2]\n[3, 3]\n",
        "b/c.csv.out": b"[1, 4]\n",
    }


def test_a_single_record_is_a_request_of_its_own(local: Local) -> None:
    name = begin(
        local,
        {"a.csv": b"1\n22\n333\n"},
        AssembleWith="Line",
        BatchStrategy="SingleRecord",
        MaxConcurrentTransforms=3,
    )
    ended(local, name)
    assert outputs(local, name) == {"a.csv.out": b"[1, 1]\n[1, 2]\n[1, 3]\n"}


def test_ten_thousand_lines_keep_their_order_in_requests_of_the_limit(
    local: Local,
) -> None:
    lines = [b"x" * (number % 977) + b"\n" for number in range(10_000)]
    lines = [line for line in lines if line.strip()]
    name = begin(
        local,
        {"a.csv": b"".join(lines)},
        AssembleWith="Line",
        MaxPayloadInMB=1,
        MaxConcurrentTransforms=4,
    )
    ended(local, name)
    body = outputs(local, name)["a.csv.out"]
    answers = [json.loads(line) for line in body.splitlines()]
    assert [length for _, length in answers] == [len(line) - 1 for line in lines]
    sizes = [
        int(line.split()[2])
        for line in local.log_lines(LOG_GROUP, name)
        if line.startswith("request of")
    ]
    assert sum(sizes) == sum(map(len, lines))
    assert len(sizes) == 5
    assert max(sizes) <= 2**20


def test_the_container_may_say_how_it_wants_its_requests(local: Local) -> None:
    wishes = {
        "MaxConcurrentTransforms": 2,
        "BatchStrategy": "SINGLE_RECORD",
        "MaxPayloadInMB": 3,
    }
    model = local.make_config("one", execution_parameters=wishes)
    name = begin(local, {"a.csv": b"1\n22\n"}, model=model, AssembleWith="Line")
    ended(local, name)
    assert outputs(local, name) == {"a.csv.out": b"[1, 1]\n[1, 2]\n"}
    assert data_log(local, name) == [
        "[sagemaker logs]: MaxConcurrentTransforms=2, MaxPayloadInMB=3, BatchStrategy=SINGLE_RECORD"
    ]


def test_an_object_without_split_is_one_request_and_one_answer(local: Local) -> None:
    name = begin(local, {"a.csv": b"1\n22\n"}, SplitType="None")
    ended(local, name)
    assert outputs(local, name) == {"a.csv.out": b"[2, 1]\n[2, 2]"}


def test_compressed_objects_and_those_of_a_manifest(local: Local) -> None:
    key = f"manifests/{uuid.uuid4().hex}"
    local.put(f"{key}/a.gz", gzip.compress(b"1\n22\n"))
    local.put(f"{key}/b.gz", b"not listed, not compressed")
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/{key}/"}, "a.gz"]).encode()
    uri = local.put(f"{key}/list.json", manifest)
    name = begin(
        local,
        {},
        uri=uri,
        data_type="ManifestFile",
        CompressionType="Gzip",
        AssembleWith="Line",
    )
    ended(local, name)
    assert outputs(local, name) == {"a.gz.out": b"[2, 1]\n[2, 2]\n"}


def test_answers_join_the_lines_that_they_answer(local: Local) -> None:
    rows = b'{"id": 1, "text": "a"}\n{"id": 2, "text": "\xc3\xa4\xc3\xa4"}'
    name = begin(
        local,
        {"a.jsonl": rows},
        ContentType="application/jsonlines",
        AssembleWith="Line",
        DataProcessing={"JoinSource": "Input"},
    )
    ended(local, name)
    lines = outputs(local, name)["a.jsonl.out"].decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": 1, "text": "a", "SageMakerOutput": [2, 22]},
        {"id": 2, "text": "ää", "SageMakerOutput": [2, 25]},
    ]


def test_a_bad_object_fails_the_job_and_the_others_keep_their_output(
    local: Local,
) -> None:
    name = begin(local, {"a.csv": b"1\nbad\n", "b.csv": b"22\n"}, AssembleWith="Line")
    job = failed(local, name)
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert outputs(local, name) == {"b.csv.out": b"[1, 2]\n"}
    assert data_log(local, name)[1:] == [
        "[sagemaker logs]: a.csv: Bad HTTP status received from algorithm: 400",
        "[sagemaker logs]: a.csv: ",
        "[sagemaker logs]: a.csv: Message:",
        "[sagemaker logs]: a.csv: a bad line",
    ]


def test_a_model_server_that_ends_is_asked_again(local: Local) -> None:
    name = begin(local, {"a.csv": b"exit\n"}, AssembleWith="Line")
    assert ended(local, name)["TransformJobStatus"] == "Completed"
    assert outputs(local, name) == {"a.csv.out": b"[1, 4]\n"}


def test_what_cannot_begin_fails_with_its_reason(local: Local) -> None:
    job = failed(local, begin(local, {}))
    assert "no object is below s3://" in job["FailureReason"]
    broken = local.make_config("one", broken=True)
    job = failed(local, begin(local, {"a.csv": b"1\n"}, model=broken))
    assert job["FailureReason"].startswith(
        "AlgorithmError: The container did not pass the ping health check. "
        "See job logs for more information. Its last lines:\n"
    )


def test_a_stopped_job_leaves_no_output(local: Local) -> None:
    name = begin(
        local, {"a.csv": b"1\n", "b.csv": b"slow\n" * 60}, BatchStrategy="SingleRecord"
    )
    wait_until(lambda: local.log_lines(LOG_GROUP, name))
    local.sagemaker.stop_transform_job(TransformJobName=name)
    assert ended(local, name)["TransformJobStatus"] == "Stopped"
    assert outputs(local, name) == {}
    with pytest.raises(ClientError, match="the transform job is in status Stopped"):
        local.sagemaker.stop_transform_job(TransformJobName=name)


def test_a_job_goes_on_after_a_restart(own_local: Local) -> None:
    name = begin(own_local, {"a.csv": b"slow\n" * 3}, BatchStrategy="SingleRecord")
    wait_until(lambda: own_local.log_lines(LOG_GROUP, name))
    own_local.end(signal.SIGKILL)
    own_local.start()
    assert ended(own_local, name)["TransformJobStatus"] == "Completed"
    assert outputs(own_local, name) == {"a.csv.out": b"[1, 4]" * 3}


def test_jobs_are_listed_tagged_and_unique(local: Local) -> None:
    tags: Any = [{"Key": "a", "Value": "b"}]
    name = begin(local, {"a.csv": b"1\n"}, Tags=tags)
    job = ended(local, name)
    [summary] = local.sagemaker.list_transform_jobs(NameContains=name)[
        "TransformJobSummaries"
    ]
    assert summary["TransformJobStatus"] == "Completed"
    assert summary["TransformEndTime"] == job["TransformEndTime"]
    arn = job["TransformJobArn"]
    assert arn.endswith(f":transform-job/{name}")
    assert local.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    request = {field: job[field] for field in ("TransformJobName", "ModelName")}
    for field in ("TransformInput", "TransformOutput", "TransformResources"):
        request[field] = job[field]
    with pytest.raises(ClientError, match="Transform job names must be unique"):
        local.sagemaker.create_transform_job(**request)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"SplitType": "RecordIO"}, "SplitType None and Line, found RecordIO"),
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "at most 100 MB"),
        ({"DataProcessing": {"InputFilter": "$.a"}}, r"no DataProcessing\.InputFilter"),
        ({"DataProcessing": {"JoinSource": "Input"}}, "found Line and None"),
        ({"data_type": "Converse"}, "S3DataType S3Prefix and ManifestFile"),
        ({"model": "no-such-model"}, "Could not find model"),
    ],
)
def test_what_is_not_here_is_refused(
    local: Local, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words):
        begin(local, {}, **options)
