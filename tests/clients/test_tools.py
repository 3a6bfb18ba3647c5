"""The AWS CLI, boto3, LangChain and litellm, each in its own environment, against the local SageMaker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.cells import Session
from tests.clients.conftest import ClientCloud, client_python
from tests.hub_stand_in import HubStandIn
from tests.tiny_models import build_llama

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]
GENERATOR = "tiny/generator"
DEPLOY = """
import boto3
sagemaker = boto3.client("sagemaker")
role = boto3.client("iam").get_role(RoleName="AmazonSageMaker-ExecutionRole")["Role"]["Arn"]
image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312"
variables = {"HF_MODEL_ID": "tiny/generator", "HF_TASK": "text-generation"}
sagemaker.create_model(
    ModelName="generator",
    ExecutionRoleArn=role,
    PrimaryContainer={"Image": image, "Environment": variables},
)
variant = {
    "VariantName": "AllTraffic",
    "ModelName": "generator",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}
sagemaker.create_endpoint_config(EndpointConfigName="generator", ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName="generator", EndpointConfigName="generator")
waiter = sagemaker.get_waiter("endpoint_in_service")
waiter.wait(EndpointName="generator", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
"""
JOB = """
import io, tarfile
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
    script = b"print('trained')"
    member = tarfile.TarInfo("train.py")
    member.size = len(script)
    archive.addfile(member, io.BytesIO(script))
s3 = boto3.client("s3")
bucket = "sagemaker-tools"
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key="source.tar.gz", Body=buffer.getvalue(), ServerSideEncryption="aws:kms")
for name in ("job-a", "job-b", "job-c"):
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=role,
        AlgorithmSpecification={
            "TrainingImage": image.replace("inference", "training"),
            "TrainingInputMode": "File",
        },
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{bucket}/source.tar.gz",
        },
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        Tags=[{"Key": f"key-{number}", "Value": name} for number in range(12)],
    )
waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
for name in ("job-a", "job-b", "job-c"):
    try:
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    except Exception:
        print(sagemaker.describe_training_job(TrainingJobName=name)["FailureReason"])
        raise
pages = sagemaker.get_paginator("list_training_jobs").paginate(PaginationConfig={"PageSize": 2})
jobs = {job["TrainingJobName"]: job["TrainingJobStatus"] for page in pages for job in page["TrainingJobSummaries"]}
arn = sagemaker.describe_training_job(TrainingJobName="job-a")["TrainingJobArn"]
tags = [tag for page in sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn) for tag in page["Tags"]]
pages = [page for page in sagemaker.get_paginator("list_pipelines").paginate()]
"""
LANGCHAIN = """
import json
from langchain_aws.llms.sagemaker_endpoint import LLMContentHandler, SagemakerEndpoint

class Handler(LLMContentHandler):
    content_type = "application/json"
    accepts = "application/json"

    def transform_input(self, prompt, model_kwargs):
        return json.dumps({"inputs": prompt, "parameters": model_kwargs}).encode()

    def transform_output(self, output):
        return json.loads(output.read())[0]["generated_text"]

llm = SagemakerEndpoint(
    endpoint_name="generator",
    region_name="us-east-1",
    content_handler=Handler(),
    model_kwargs={"max_new_tokens": 5},
)
text = llm.invoke("a film")
"""
LITELLM = """
import os
import litellm
runtime = os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"]
try:
    litellm.completion(
        model="sagemaker/generator",
        messages=[{"role": "user", "content": "a film"}],
        sagemaker_base_url=f"{runtime}/endpoints/generator/invocations",
    )
    refusal = ""
except Exception as error:
    refusal = str(error)
"""


@pytest.fixture(scope="module")
def endpoint(
    cloud: ClientCloud, hub: HubStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """The endpoint `generator`, and the session of boto3 that made it."""
    folder = tmp_path_factory.mktemp("generator")
    hub.add(GENERATOR, build_llama(folder / "model"), pipeline_tag="text-generation")
    with Session(client_python("cli"), folder, cloud.environment) as session:
        session.run(DEPLOY)
        yield session


def test_boto3_waits_for_jobs_and_lists_them_in_pages(endpoint: Session) -> None:
    endpoint.run(JOB)
    assert endpoint.run("", "jobs").value == dict.fromkeys(
        ("job-a", "job-b", "job-c"), "Completed"
    )
    assert len(endpoint.run("", "tags").value) == 12
    assert endpoint.run("", "[page['PipelineSummaries'] for page in pages]").value == [
        []
    ]


def aws(cloud: ClientCloud, folder: Path, *arguments: str) -> Any:
    program = client_python("cli").with_name("aws")
    done = subprocess.run(
        [program, *arguments, "--output", "json"],
        cwd=folder,
        env=cloud.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.lstrip().startswith("{") else None


@pytest.mark.usefixtures("endpoint")
def test_the_aws_cli_describes_waits_invokes_and_copies(
    cloud: ClientCloud, tmp_path: Path
) -> None:
    listed = aws(cloud, tmp_path, "sagemaker", "list-endpoints", "--max-items", "1")
    assert listed["Endpoints"][0]["EndpointStatus"] == "InService"
    name = ("--endpoint-name", "generator")
    aws(cloud, tmp_path, "sagemaker", "wait", "endpoint-in-service", *name)
    (tmp_path / "request.json").write_text('{"inputs": "a film"}')
    invoke = ("sagemaker-runtime", "invoke-endpoint", *name, "answer.json")
    aws(
        cloud,
        tmp_path,
        *invoke,
        *("--body", "fileb://request.json", "--content-type", "application/json"),
    )
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer[0]["generated_text"].startswith("a film")
    aws(cloud, tmp_path, "s3", "mb", "s3://sagemaker-cli")
    copy = ("s3", "cp", "answer.json", "s3://sagemaker-cli/a.json")
    aws(cloud, tmp_path, *copy, "--sse", "aws:kms")
    aws(cloud, tmp_path, "s3", "cp", "s3://sagemaker-cli/a.json", "copy.json")
    assert (tmp_path / "copy.json").read_text() == (
        tmp_path / "answer.json"
    ).read_text()


@pytest.mark.usefixtures("endpoint")
def test_langchain_invokes_the_endpoint(cloud: ClientCloud, tmp_path: Path) -> None:
    python = client_python("langchain")
    with Session(python, tmp_path, cloud.environment) as session:
        assert session.run(LANGCHAIN, "text").value.startswith("a film")


@pytest.mark.usefixtures("endpoint")
def test_litellm_reaches_the_endpoint_and_sends_its_address_as_a_parameter(
    cloud: ClientCloud, tmp_path: Path
) -> None:
    """It has no other way to an address of one's own, and the model knows no such parameter."""
    python = client_python("langchain")
    with Session(python, tmp_path, cloud.environment) as session:
        refusal = session.run(LITELLM, "refusal").value
    assert "424 Failed Dependency" in refusal


def test_boto3_waits_until_the_endpoint_is_deleted(endpoint: Session) -> None:
    endpoint.run(
        'sagemaker.delete_endpoint(EndpointName="generator")\n'
        'waiter = sagemaker.get_waiter("endpoint_deleted")\n'
        'waiter.wait(EndpointName="generator", WaiterConfig={"Delay": 1, "MaxAttempts": 60})'
    )
