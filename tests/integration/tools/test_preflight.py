"""`python -m tools.preflight` against the local cloud's engine, its quotas and prices set as an account has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.quotas import SERVERLESS_CONCURRENCY
from localcloud.engine.account_services import PRICES_FILE, QUOTAS_FILE
from tests.hub_stand_in import HubStandIn
from tests.integration.localcloud.engine.running import REGION, Engine
from tools.preflight.deployment import Deployment

ROOT = Path(__file__).parents[3]
SPOT = "for spot training job usage"
MODEL = "org/tiny"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("engine") / "state")
    engine.start()
    ecr = engine.client("ecr")
    for image in ("huggingface-pytorch-training", "huggingface-pytorch-inference"):
        ecr.create_repository(repositoryName=image)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def hub() -> Iterator[HubStandIn]:
    with HubStandIn() as running:
        yield running


def preflight(
    account: Engine, hub: str, *options: str, key: str = "test", secret: str = "test"
) -> subprocess.CompletedProcess[str]:
    aws = {
        name: value for name, value in os.environ.items() if not name.startswith("AWS_")
    }
    aws |= {"AWS_ENDPOINT_URL": account.url, "AWS_DEFAULT_REGION": REGION}
    aws |= {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    parameters = (
        "--parameter",
        f"HubEndpoint={hub}",
        "--parameter",
        f"BaseModel={MODEL}",
    )
    command = [sys.executable, "-m", "tools.preflight", *parameters, *options]
    return subprocess.run(
        command, cwd=ROOT, env=aws, capture_output=True, text=True, check=False
    )


def set_quotas(account: Engine, **quotas: float) -> None:
    (account.state / QUOTAS_FILE).write_text(json.dumps({"sagemaker": quotas}), "utf-8")


def a_price(instance_type: str, dollars: str) -> dict[str, Any]:
    attributes = {
        "regionCode": REGION,
        "instanceName": instance_type,
        "component": "Training",
    }
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": dollars}}
    return {
        "product": {"attributes": attributes},
        "terms": {"OnDemand": {"term": {"priceDimensions": {"rate": dimension}}}},
    }


def publish_image(account: Engine, tag: str, repository: str) -> None:
    account.client("ecr").put_image(
        repositoryName=repository, imageManifest=json.dumps({"tag": tag}), imageTag=tag
    )


def test_an_account_that_has_all_it_needs(
    account: Engine, hub: HubStandIn, tmp_path: Path
) -> None:
    for image in Deployment.read({}).images.values():
        repository, _, tag = image.partition(":")
        publish_image(account, tag, repository)
    quotas = {
        f"ml.g5.xlarge {SPOT}": 0,
        f"ml.g4dn.xlarge {SPOT}": 2,
        "ml.m5.xlarge for transform job usage": 1,
        SERVERLESS_CONCURRENCY: 10,
    }
    set_quotas(account, **quotas)
    (account.state / PRICES_FILE).write_text(
        json.dumps([a_price("ml.g5.xlarge", "1.4080")])
    )
    (tmp_path / "config.json").write_text("{}", "utf-8")
    hub.add(MODEL, tmp_path)
    done = preflight(account, hub.url)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"Account 000000000000, region {REGION}, as arn:aws:")
    assert (
        f"warning  quota 'ml.g5.xlarge {SPOT}': 0, so Traindrop goes on to the next type"
        in lines
    )
    assert f"ok       quota 'ml.g4dn.xlarge {SPOT}': 2" in lines
    assert "ok       quota 'ml.m5.xlarge for transform job usage': 1" in lines
    assert any(
        line.startswith(f"warning  quota 'ml.g6.xlarge {SPOT}': not listed")
        for line in lines
    )
    assert (
        "ok       serverless concurrency: 10, room for 2 endpoints of ServerlessMaxConcurrency=5, "
        "one of them to verify releases on" in lines
    )
    assert (
        sum(line.startswith("ok       image huggingface-pytorch-") for line in lines)
        == 2
    )
    assert f"ok       base model {MODEL} is on {hub.url}" in lines
    price = "ok       price of ml.g5.xlarge: 1.408 USD an hour, on demand; spot is billed at less"
    assert any(line.startswith(price) for line in lines)
    assert lines[-1] == "Nothing is missing: sam build && sam deploy --guided"


def test_a_new_account_is_told_what_is_missing_and_what_to_do(
    account: Engine, hub: HubStandIn
) -> None:
    set_quotas(account, **{f"ml.g5.xlarge {SPOT}": 0, SERVERLESS_CONCURRENCY: 4})
    done = preflight(
        account,
        hub.url,
        *(
            "--parameter",
            "BaseModel=org/absent",
            "--parameter",
            "TrainingInstanceTypes=ml.g5.xlarge",
        ),
    )
    assert done.returncode == 1
    text = done.stdout
    assert (
        "missing  No training can start: every quota above is 0.\n         -> Ask for 1"
        in text
    )
    assert "missing  serverless concurrency: 4, room for 0 endpoints" in text
    assert "Deploy with ServerlessMaxConcurrency=2 or less" in text
    assert f"missing  base model org/absent: {hub.url} answers 401" in text
    assert text.endswith("3 missing.\n")


def test_a_region_without_the_images_and_without_serverless_endpoints(
    account: Engine, hub: HubStandIn
) -> None:
    done = preflight(account, hub.url, "--region", "mx-central-1")
    assert (
        "missing  SageMaker has no Serverless Inference in mx-central-1" in done.stdout
    )
    assert (
        "images: AWS publishes none of the Hugging Face images in mx-central-1"
        in done.stdout
    )
    assert done.returncode == 1


def test_an_image_whose_tag_was_retired_is_missing_and_the_line_says_what_to_do(
    account: Engine, hub: HubStandIn
) -> None:
    image = Deployment.read({}).images["ServingImage"]
    repository, _, tag = image.partition(":")
    publish_image(account, tag, repository)
    ecr = account.client("ecr")
    ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    publish_image(account, "9.9.9-of-next-year", repository)
    done = preflight(account, hub.url)
    assert done.returncode == 1
    line = f"missing  image {image}: account 763104351884 has no such image in {REGION}"
    assert f"{line}; AWS may have retired the tag\n" in done.stdout
    assert (
        f"set ServingImage to the full URI of another tag of {repository}"
        in done.stdout
    )


def test_images_of_ones_own_are_not_looked_up(account: Engine, hub: HubStandIn) -> None:
    images = [
        f"{name}=1.dkr.ecr.x.amazonaws.com/i:1"
        for name in ("TrainingImage", "ServingImage")
    ]
    options = [word for image in images for word in ("--parameter", image)]
    assert " image" not in preflight(account, hub.url, *options).stdout


def test_a_hub_that_cannot_be_reached_is_unknown(account: Engine) -> None:
    done = preflight(account, "http://127.0.0.1:9")
    assert (
        f"unknown  base model {MODEL}: http://127.0.0.1:9 cannot be reached from here"
        in done.stdout
    )


def test_without_credentials_it_says_what_it_wants(
    account: Engine, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-m", "tools.preflight", "--region", "eu-west-1"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Unable to locate credentials" in done.stderr
    assert "aws configure" in done.stderr


def test_an_unknown_parameter_is_an_error(account: Engine) -> None:
    done = preflight(account, "http://127.0.0.1:9", "--parameter", "Spot=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--parameter Spot: expected one of" in done.stderr


def test_a_user_who_may_not_make_roles_is_told_so(account: Engine) -> None:
    iam = account.client("iam")
    iam.create_user(UserName="ann")
    statement = {
        "Effect": "Allow",
        "NotAction": ["iam:CreateRole", "iam:PassRole"],
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="ann", PolicyName="most", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    done = preflight(
        account,
        "http://127.0.0.1:9",
        key=key["AccessKeyId"],
        secret=key["SecretAccessKey"],
    )
    user = "arn:aws:iam::000000000000:user/ann"
    assert (
        f"missing  permissions: {user} may not iam:CreateRole, iam:PassRole"
        in done.stdout
    )
    assert done.returncode == 1
