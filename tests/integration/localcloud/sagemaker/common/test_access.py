"""Jobs, models and callers under IAM: what AWS refuses is refused here."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    SERVER_IMAGE,
    Local,
    wait_until,
)

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
ARN = f"arn:aws:s3:::{BUCKET}"
READ = {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [ARN, f"{ARN}/*"]}
WRITE = {"Action": "s3:PutObject", "Resource": f"{ARN}/models/*"}
CHECKPOINTS = {"S3Uri": f"s3://{BUCKET}/checkpoints/a/"}
LEAVES_A_MODEL = """
import os
open(os.environ["SM_MODEL_DIR"] + "/weights", "w").write("1")
"""


@pytest.fixture(scope="module")
def local(local_with_iam: Local) -> Local:
    return local_with_iam


def policy(*statements: dict[str, Any]) -> str:
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})


def role(
    iam: Any, *statements: dict[str, Any], service: str = "sagemaker.amazonaws.com"
) -> str:
    """The ARN of a role that this service can take and that may do this."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    account = {"StringEquals": {"aws:SourceAccount": "000000000000"}}
    trust = {
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": account,
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="p", PolicyDocument=policy(*statements)
        )
    return str(made["Role"]["Arn"])


def ended(
    local: Local, role_arn: str, script: str = LEAVES_A_MODEL, **more: Any
) -> Any:
    return local.finished(local.train(script, RoleArn=role_arn, **more))


def test_a_job_whose_role_allows_all_it_does_completes(local: Local, iam: Any) -> None:
    job = ended(local, role(iam, READ, WRITE))
    assert job["TrainingJobStatus"] == "Completed", job
    assert local.unpacked(job["ModelArtifacts"]["S3ModelArtifacts"]) == {"weights": "1"}


def test_a_role_that_may_not_write_the_output_fails_the_job(
    local: Local, iam: Any
) -> None:
    job = ended(local, role(iam, READ))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed")
    assert "AccessDenied" in job["FailureReason"]


def test_a_role_that_may_not_read_the_source_fails_the_job(
    local: Local, iam: Any
) -> None:
    job = ended(local, role(iam, WRITE))
    assert job["FailureReason"].startswith("ClientError: the source archive")


def test_a_role_that_may_not_write_checkpoints_fails_the_job(
    local: Local, iam: Any
) -> None:
    script = """
import os
open(os.environ["SAGEMAKER_BASE_DIR"] + "/checkpoints/state", "w").write("1")
"""
    job = ended(local, role(iam, READ, WRITE), script, CheckpointConfig=CHECKPOINTS)
    assert job["FailureReason"].startswith("ClientError: Checkpoint upload failed")


def test_the_script_has_the_rights_of_the_role_and_no_others(
    local: Local, iam: Any
) -> None:
    script = """
import boto3, os
s3 = boto3.client("s3")
s3.put_object(Bucket="jobs", Key="models/of-the-script", Body=b"1")
try:
    s3.delete_object(Bucket="jobs", Key="models/of-the-script")
except Exception as error:
    print("refused", type(error).__name__, "AccessDenied" in str(error), flush=True)
"""
    job = ended(
        local, role(iam, READ, WRITE), script, files={"requirements.txt": "boto3\n"}
    )
    assert job["TrainingJobStatus"] == "Completed", job
    assert "refused AccessDenied True" in local.log_lines(
        LOG_GROUP, f"{job['TrainingJobName']}/"
    )


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", None])
def test_a_role_that_sagemaker_cannot_take_is_refused(
    service: str | None, local: Local, iam: Any
) -> None:
    absent = "arn:aws:iam::000000000000:role/absent"
    role_arn = role(iam, READ, WRITE, service=service) if service else absent
    with pytest.raises(
        ClientError, match=f"ValidationException.*Could not assume role {role_arn}"
    ):
        local.train("", RoleArn=role_arn)
    container: Any = {"Image": SERVER_IMAGE}
    with pytest.raises(ClientError, match="Could not assume role"):
        local.sagemaker.create_model(
            ModelName="m", ExecutionRoleArn=role_arn, PrimaryContainer=container
        )


def test_a_model_whose_role_may_not_read_the_archive_is_not_deployed(
    local: Local, iam: Any
) -> None:
    for statements, status in (((READ,), "InService"), ((WRITE,), "Failed")):
        name = f"e-{uuid.uuid4().hex[:8]}"
        config = local.make_config("one", role=role(iam, *statements))
        local.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        assert local.settled(name)["EndpointStatus"] == status


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ((READ, WRITE), None),
        ((READ,), "ClientError: Failed to upload to"),
        ((WRITE,), "ClientError: Data download failed"),
    ],
)
def test_a_transform_job_reads_and_writes_as_the_role_of_its_model(
    statements: tuple[dict[str, Any], ...],
    reason: str | None,
    local: Local,
    iam: Any,
) -> None:
    name = f"t-{uuid.uuid4().hex[:8]}"
    uri = local.put(f"{name}/a.csv", b"1\n")
    source: Any = {"S3DataType": "S3Prefix", "S3Uri": uri}
    local.sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=local.make_config("one", role=role(iam, *statements)),
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/models/{name}"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )

    def job() -> Any:
        return local.sagemaker.describe_transform_job(TransformJobName=name)

    wait_until(lambda: job()["TransformJobStatus"] != "InProgress")
    assert job().get("FailureReason", "").startswith(reason or "")
    assert job()["TransformJobStatus"] == ("Failed" if reason else "Completed")


def caller(local: Local, iam: Any, service: str, *statements: dict[str, Any]) -> Any:
    """A client of a user who may do this."""
    name = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name, PolicyName="p", PolicyDocument=policy(*statements)
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    make: Any = boto3.client
    return make(
        service,
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{local.port}",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def own(*actions: str, kind: str = "training-job") -> dict[str, Any]:
    arn = f"arn:aws:sagemaker:us-east-1:000000000000:{kind}/job-*"
    return {"Action": [f"sagemaker:{action}" for action in actions], "Resource": arn}


def pass_role(role_arn: str, to: str = "sagemaker.amazonaws.com") -> dict[str, Any]:
    condition = {"StringEquals": {"iam:PassedToService": to}}
    return {"Action": "iam:PassRole", "Resource": role_arn, "Condition": condition}


def refused_action(
    local: Local, iam: Any, role_arn: str, statements: Sequence[dict[str, Any]]
) -> str:
    """The action that keeps a user from creating a tagged job, else empty."""
    client = caller(local, iam, "sagemaker", *statements)
    try:
        source, local.sagemaker = local.sagemaker, client
        local.train("", RoleArn=role_arn, Tags=[{"Key": "a", "Value": "b"}])
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
        message = error.response["Error"]["Message"]
        return str(message).partition("to perform: ")[2].partition(" ")[0]
    finally:
        local.sagemaker = source
        client.close()
    return ""


def test_a_caller_needs_the_operation_the_tags_and_the_role(
    local: Local, iam: Any
) -> None:
    passed = role(iam, READ, WRITE)
    create, tags, elsewhere = (
        own("CreateTrainingJob"),
        own("AddTags"),
        own("*", kind="model"),
    )
    cases: list[tuple[list[dict[str, Any]], str]] = [
        ([elsewhere], "sagemaker:CreateTrainingJob"),
        ([create, pass_role(passed)], "sagemaker:AddTags"),
        ([create, tags], "iam:PassRole"),
        ([create, tags, pass_role(passed, to="lambda.amazonaws.com")], "iam:PassRole"),
        ([create, tags, pass_role(passed)], ""),
    ]
    for statements, action in cases:
        assert refused_action(local, iam, passed, statements) == action


def test_an_endpoint_is_invoked_only_by_who_may(local: Local, iam: Any) -> None:
    client = caller(
        local, iam, "sagemaker-runtime", own("InvokeEndpoint", kind="endpoint")
    )
    with pytest.raises(ClientError, match=r"AccessDenied.*sagemaker:InvokeEndpoint"):
        client.invoke_endpoint(EndpointName="another", Body=b"{}")
    with pytest.raises(ClientError, match=r"ValidationError.*not found"):
        client.invoke_endpoint(EndpointName="job-1", Body=b"{}")
    client.close()


TRIES = """
import boto3, os
s3 = boto3.client("s3")
for owner in ("own", "another"):
    tries = {
        "write": lambda: s3.put_object(Bucket="jobs", Key=f"models/{owner}/x", Body=b"1"),
        "list": lambda: s3.list_objects_v2(Bucket="jobs", Prefix=f"models/{owner}/"),
    }
    for name, attempt in tries.items():
        try:
            attempt()
            print("tried", owner, name, "done", flush=True)
        except Exception as error:
            print("tried", owner, name, "AccessDenied" in str(error), flush=True)
"""


def tagged_caller(local: Local, iam: Any, creator: str, tag: str) -> Any:
    """A client in a session of this role that is tagged."""
    user = caller(
        local,
        iam,
        "sts",
        {"Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": creator},
    )
    keys = user._request_signer._credentials.get_frozen_credentials()
    sts: Any = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=local.engine,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )
    tags = [{"Key": "owner", "Value": tag}]
    session = sts.assume_role(
        RoleArn=creator,
        RoleSessionName="creator",
        Tags=tags,
        TransitiveTagKeys=["owner"],
    )["Credentials"]
    make: Any = boto3.client
    return make(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{local.port}",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )


def tagged_role(
    iam: Any, principal: dict[str, str], *statements: dict[str, Any]
) -> str:
    """A role whose sessions may have tags."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    trust = {"Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(
        RoleName=name, PolicyName="p", PolicyDocument=policy(*statements)
    )
    return str(made["Role"]["Arn"])


@pytest.mark.parametrize("is_chained", [True, False])
def test_a_jobs_role_has_the_tags_of_the_session_that_created_it(
    is_chained: bool, local: Local, iam: Any
) -> None:
    """`SessionChainingConfig`: without it the policy's variable has no value, and nothing matches."""
    tag = "${aws:PrincipalTag/owner}"
    source = {"Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    output = {"Action": "s3:PutObject", "Resource": f"{ARN}/models/job-*"}
    own = {"Action": "s3:PutObject", "Resource": f"{ARN}/models/{tag}/*"}
    listed = {
        "Action": "s3:ListBucket",
        "Resource": ARN,
        "Condition": {"StringLike": {"s3:prefix": f"models/{tag}/*"}},
    }
    sagemaker = {"Service": "sagemaker.amazonaws.com"}
    passed = tagged_role(iam, sagemaker, source, output, own, listed)
    create = {"Action": "sagemaker:*", "Resource": "*"}
    root = {"AWS": "arn:aws:iam::000000000000:root"}
    creator = tagged_role(iam, root, create, pass_role(passed))
    original = local.sagemaker
    local.sagemaker = tagged_caller(local, iam, creator, "own")
    try:
        name = local.train(
            TRIES,
            RoleArn=passed,
            files={"requirements.txt": "boto3\n"},
            SessionChainingConfig={"EnableSessionTagChaining": is_chained},
        )
    finally:
        local.sagemaker.close()
        local.sagemaker = original
    job = local.finished(name)
    assert job["TrainingJobStatus"] == "Completed", job
    lines = local.log_lines(LOG_GROUP, f"{name}/")
    own_tries = "done" if is_chained else "True"
    assert [line for line in lines if line.startswith("tried")] == [
        f"tried own write {own_tries}",
        f"tried own list {own_tries}",
        "tried another write True",
        "tried another list True",
    ]


def test_a_role_that_takes_no_tags_is_not_passed_with_them(
    local: Local, iam: Any
) -> None:
    passed = role(iam, READ, WRITE)
    create = {"Action": "sagemaker:*", "Resource": "*"}
    root = {"AWS": "arn:aws:iam::000000000000:root"}
    creator = tagged_role(iam, root, create, pass_role(passed))
    original = local.sagemaker
    local.sagemaker = tagged_caller(local, iam, creator, "own")
    try:
        with pytest.raises(ClientError, match="Could not assume role"):
            local.train(
                "",
                RoleArn=passed,
                SessionChainingConfig={"EnableSessionTagChaining": True},
            )
    finally:
        local.sagemaker.close()
        local.sagemaker = original
