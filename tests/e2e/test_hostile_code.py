"""What code of a drop may do with the credentials of its job and of its endpoint, tried against the enforced IAM."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.client import STACK, Cloud
from tests.e2e.test_batch import download, ended, upload

TRAIN = b"""
import json, os
names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
stolen = {name: os.environ[name] for name in names}
with open(os.environ["SM_OUTPUT_DATA_DIR"] + "/stolen.json", "w") as file:
    json.dump(stolen, file)
with open(os.environ["SM_MODEL_DIR"] + "/weights", "w") as file:
    file.write("the job's")
"""
INFERENCE = b"""
import json, os
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

def model_fn(model_dir):
    with open(model_dir + "/weights") as file:
        return file.read()

def transform_fn(model, data, content_type, accept):
    wanted = json.loads(data)["inputs"]
    stolen = {name: os.environ.get(name, "") for name in NAMES}
    return json.dumps(stolen if wanted == "credentials" else {"weights": model})
"""
Attempt = Callable[[], object]


class Attacker:
    """Whoever holds these credentials."""

    def __init__(self, cloud: Cloud, stolen: Mapping[str, str]) -> None:
        self._cloud, self._stolen = cloud, stolen

    def boto(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self._cloud.boto(service).meta.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=self._stolen["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._stolen["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self._stolen["AWS_SESSION_TOKEN"],
        )

    def put(self, key: str) -> object:
        return self.boto("s3").put_object(
            Bucket=self._cloud.bucket, Key=key, Body=b"hostile"
        )

    def get(self, key: str) -> object:
        return self.boto("s3").get_object(Bucket=self._cloud.bucket, Key=key)

    def list(self, prefix: str) -> object:
        return self.boto("s3").list_objects_v2(Bucket=self._cloud.bucket, Prefix=prefix)


def is_denied(attempt: Attempt) -> bool:
    """Any other refusal is an error of the test: what does not exist must not look like what is protected."""
    try:
        attempt()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # SNS has a word of its own.
        assert code in {
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
        }, error
        return True
    return False


@pytest.fixture(scope="module")
def hostile(cloud: Cloud) -> dict[str, Any]:
    """The record of a run whose training and serving code are the attacker's."""
    files = {
        "code/train.py": TRAIN,
        "code/inference.py": INFERENCE,
        "train/a.csv": b"a,b\n1,2\n",
        "traindrop.yaml": b'example: {"inputs": "x"}\n',
    }
    cloud.drop_all("hostile", files)
    record = cloud.ended("hostile", timeout=400)
    assert record["status"] == "live", record
    return record


@pytest.fixture(scope="module")
def other(cloud: Cloud, live: str) -> str:
    """A run of another model that is live."""
    return str(cloud.runs(live)[0]["run"])


@pytest.fixture(scope="module")
def job(cloud: Cloud, hostile: dict[str, Any]) -> Iterator[Attacker]:
    key = f"outputs/{hostile['run']}/{hostile['training']['job']}/output/output.tar.gz"
    packed = cloud.s3.get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        stolen = archive.extractfile("stolen.json")
        assert stolen is not None
        yield Attacker(cloud, json.load(stolen))


@pytest.fixture(scope="module")
def endpoint(cloud: Cloud, hostile: dict[str, Any]) -> Attacker:
    assert hostile["status"] == "live"
    return Attacker(cloud, cloud.predict("hostile", "credentials").json())


@pytest.fixture(scope="module")
def transform(cloud: Cloud, hostile: dict[str, Any]) -> Attacker:
    """Of a batch's transform job, whose model is the attacker's."""
    assert hostile["status"] == "live"
    batch = upload(cloud, "hostile", b'{"inputs": "credentials"}\n')
    (row,) = download(ended(cloud, "hostile", batch)).splitlines()
    return Attacker(cloud, json.loads(row)["answer"])


def own_model_archive(record: Mapping[str, Any]) -> str:
    return f"outputs/{record['run']}/{record['training']['job']}/output/model.tar.gz"


def test_a_job_reads_and_writes_its_own_runs_objects(
    hostile: dict[str, Any], job: Attacker
) -> None:
    run = hostile["run"]
    assert not is_denied(lambda: job.get(f"runs/{run}/spec.json"))
    assert not is_denied(lambda: job.get(f"runs/{run}/data/train/a.csv"))
    assert not is_denied(lambda: job.list(f"runs/{run}/data/"))
    assert not is_denied(lambda: job.put(f"checkpoints/{run}/x"))
    assert not is_denied(lambda: job.put(f"outputs/{run}/x"))


@pytest.mark.parametrize(
    "key",
    [
        "runs/{own}/spec.json",
        "runs/{own}/data/train/a.csv",
        "runs/{other}/spec.json",
        "runs/{other}/data/train/rows.jsonl",
        "models/{own}/model.tar.gz",
        "models/{own}/verification.json",
        "models/{other}/model.tar.gz",
        "models/{other}/evaluation.json",
        "models/{other}/report.html",
        "outputs/{other}/x",
        "checkpoints/{other}/x",
        "base-models/tiny/config.json",
        "code/x/sourcedir.tar.gz",
        "datasets/film-reviews/data.csv",
        "elsewhere",
    ],
)
def test_neither_job_nor_endpoint_writes_what_others_read(
    key: str,
    hostile: dict[str, Any],
    other: str,
    job: Attacker,
    endpoint: Attacker,
) -> None:
    name = key.format(own=hostile["run"], other=other)
    assert is_denied(lambda: job.put(name))
    assert is_denied(lambda: endpoint.put(name))


def test_a_job_reads_nothing_of_other_runs(other: str, job: Attacker) -> None:
    for key in (
        f"runs/{other}/spec.json",
        f"runs/{other}/data/train/rows.jsonl",
        f"models/{other}/model.tar.gz",
        f"models/{other}/mistakes.csv",
        "datasets/film-reviews/data.csv",
    ):
        assert is_denied(partial(job.get, key)), key
    for prefix in ("", "runs/", f"runs/{other}/", "models/", "datasets/", "outputs/"):
        assert is_denied(partial(job.list, prefix)), prefix


def test_an_endpoint_reads_archives_and_nothing_else(
    hostile: dict[str, Any], other: str, endpoint: Attacker
) -> None:
    """What remains: its role is the stack's, so it can read the archive of another model whose run's id it knows."""
    assert not is_denied(lambda: endpoint.get(f"models/{other}/model.tar.gz"))
    for key in (
        f"runs/{other}/data/train/rows.jsonl",
        f"runs/{hostile['run']}/spec.json",
        f"models/{other}/evaluation.json",
        "datasets/film-reviews/data.csv",
    ):
        assert is_denied(partial(endpoint.get, key)), key
    for prefix in ("", "models/", "runs/"):
        assert is_denied(partial(endpoint.list, prefix)), prefix
    assert is_denied(lambda: endpoint.put("outputs/x"))
    assert is_denied(lambda: endpoint.put("checkpoints/x"))


def test_a_transform_job_reads_requests_and_writes_answers_and_nothing_else(
    hostile: dict[str, Any], other: str, transform: Attacker
) -> None:
    """What remains: its role is the stack's, so it reaches the requests and answers of other batches."""
    assert not is_denied(lambda: transform.get(f"models/{other}/model.tar.gz"))
    assert not is_denied(lambda: transform.list("batches/"))
    assert not is_denied(lambda: transform.put("batches/b/answers/x"))
    for key in (
        f"runs/{hostile['run']}/spec.json",
        f"models/{other}/evaluation.json",
        "datasets/film-reviews/data.csv",
        "batches/b/input",
        "batches/b/result.csv",
        "batches/b/answers/x",
    ):
        assert is_denied(partial(transform.get, key)), key
    for prefix in ("", "models/", "runs/"):
        assert is_denied(partial(transform.list, prefix)), prefix
    for key in ("outputs/x", "batches/b/requests/x", "batches/b/result.csv"):
        assert is_denied(partial(transform.put, key)), key


@pytest.mark.parametrize("who", ["job", "endpoint", "transform"])
def test_none_of_them_reaches_the_control_plane(
    who: str, cloud: Cloud, request: pytest.FixtureRequest
) -> None:
    attacker: Attacker = request.getfixturevalue(who)
    iam = cloud.boto("iam")
    roles = {role["RoleName"]: role["Arn"] for role in iam.list_roles()["Roles"]}
    (creator,) = (arn for name, arn in roles.items() if "JobCreationRole" in name)
    (table,) = cloud.boto("dynamodb").list_tables()["TableNames"]
    (stopped,) = cloud.jobs()[:1]
    tags = [{"Key": "traindrop-run", "Value": "another"}]
    attempts: dict[str, Attempt] = {
        "ledger": lambda: attacker.boto("dynamodb").scan(TableName=table),
        "secret": lambda: attacker.boto("secretsmanager").get_secret_value(
            SecretId=f"{STACK}/anything"
        ),
        "stop a job": lambda: attacker.boto("sagemaker").stop_training_job(
            TrainingJobName=stopped
        ),
        "list endpoints": lambda: attacker.boto("sagemaker").list_endpoints(),
        "another run's session": lambda: attacker.boto("sts").assume_role(
            RoleArn=creator, RoleSessionName="attacker", Tags=tags
        ),
        "roles": lambda: attacker.boto("iam").list_roles(),
        "functions": lambda: attacker.boto("lambda").list_functions(),
        "workflow": lambda: attacker.boto("stepfunctions").list_state_machines(),
        "topics": lambda: attacker.boto("sns").list_topics(),
    }
    allowed = [name for name, attempt in attempts.items() if not is_denied(attempt)]
    assert allowed == []


def test_what_the_job_writes_after_its_end_is_served_to_nobody(
    cloud: Cloud, hostile: dict[str, Any], job: Attacker
) -> None:
    released = f"models/{hostile['run']}/model.tar.gz"
    before = cloud.s3.head_object(Bucket=cloud.bucket, Key=released)["VersionId"]
    job.put(own_model_archive(hostile))
    record = cloud.run(hostile["run"])
    assert record["archive"]["key"] == released
    assert record["archive"]["version_id"] == before
    container = cloud.sagemaker.describe_model(
        ModelName=record["deployment"]["config"]
    )["PrimaryContainer"]
    assert container["ModelDataUrl"] == f"s3://{cloud.bucket}/{released}"
    assert cloud.predict("hostile", "x").json() == {"weights": "the job's"}
