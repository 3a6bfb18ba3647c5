"""A region without Serverless Inference is refused at deployment, by the template's own rule."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine
from tests.unit.stack import template


def create(engine: Engine, region: str, mode: str, **parameters: str) -> dict[str, Any]:
    """Creates a stack with the template's parameters and rules, and one small resource."""
    whole = template.load()
    small = {"Type": "AWS::SNS::Topic", "Properties": {}}
    parts = {name: whole[name] for name in ("Parameters", "Rules")}
    client = boto3.client(
        "cloudformation",
        endpoint_url=engine.url,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    response = client.create_stack(
        StackName=f"rules-{mode}-{len(parameters)}",
        TemplateBody=json.dumps(parts | {"Resources": {"Topic": small}}),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in {"DeploymentMode": mode, **parameters}.items()
        ],
    )
    client.close()
    return dict(response)


@pytest.mark.parametrize("region", ["me-central-1", "cn-north-1", "us-gov-west-1"])
def test_serverless_is_refused_by_name_where_it_is_not_offered(
    engine: Engine, region: str
) -> None:
    with pytest.raises(ClientError, match="Deploy with DeploymentMode=realtime"):
        create(engine, region, "serverless")


@pytest.mark.parametrize(
    ("region", "mode"), [("me-central-1", "realtime"), ("eu-central-1", "serverless")]
)
def test_a_mode_that_the_region_has_is_deployed(
    engine: Engine, region: str, mode: str
) -> None:
    assert create(engine, region, mode)["StackId"]


def test_a_region_without_the_images_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(
        ClientError, match="AWS publishes none of the Hugging Face images"
    ):
        create(engine, "mx-central-1", "realtime")


def test_images_of_ones_own_are_deployed_anywhere(engine: Engine) -> None:
    images = {"TrainingImage": "1.dkr.ecr.x/t:1", "ServingImage": "1.dkr.ecr.x/s:1"}
    assert create(engine, "mx-central-1", "realtime", **images)["StackId"]
