"""Service Quotas of the account: instances for training, concurrency of serverless endpoints and of Lambda.

Names of quotas as Service Quotas lists them for `sagemaker`:
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import boto3

from contracts.quotas import SERVERLESS_CONCURRENCY
from deployment_modes import find_mode
from functions.adapters.service_quotas import ServiceQuotas
from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

NEW_ACCOUNT_LAMBDA_CONCURRENCY = 10
"""What a new account may have instead of 1,000:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def training(session: boto3.Session, deployment: Deployment) -> Iterator[Finding]:
    """Whether a type of `TrainingInstanceTypes` may be used at all, and which."""
    quotas = _sagemaker_quotas(session)
    usage = "spot training job usage" if deployment.uses_spot else "training job usage"
    usable = False
    for instance_type in deployment.training_types:
        name = f"{instance_type} for {usage}"
        instances = quotas.get(name)
        usable = usable or bool(instances)
        yield _of_training_type(name, instances)
    if not usable:
        yield Finding(
            State.MISSING,
            "No training can start: every quota above is 0.",
            "Ask for 1 of one of them: Service Quotas, Amazon SageMaker. Or name a type that you have: "
            "--parameter TrainingInstanceTypes=… here, and the same in sam deploy.",
        )


def _of_training_type(name: str, instances: float | None) -> Finding:
    if instances is None:
        return Finding(
            State.WARNING,
            f"quota '{name}': not listed in this region; SageMaker may not offer the type here",
        )
    if not instances:
        return Finding(
            State.WARNING, f"quota '{name}': 0, so Traindrop goes on to the next type"
        )
    return Finding(State.OK, f"quota '{name}': {instances:.0f}")


def batches(session: boto3.Session, deployment: Deployment) -> Iterator[Finding]:
    """Whether a batch can start. Without, everything else works."""
    instance_type = deployment.parameters["BatchInstanceType"]
    wanted = int(deployment.parameters["BatchInstanceCount"])
    name = f"{instance_type} for transform job usage"
    instances = _sagemaker_quotas(session).get(name)
    if instances is not None and instances >= wanted:
        yield Finding(State.OK, f"quota '{name}': {instances:.0f}")
        return
    count = "not listed in this region" if instances is None else f"{instances:.0f}"
    yield Finding(
        State.WARNING,
        f"quota '{name}': {count}; no batch can start, all else works",
        f"Ask for {wanted}: Service Quotas, Amazon SageMaker. Or deploy with another BatchInstanceType.",
    )


def serverless(session: boto3.Session, deployment: Deployment) -> Iterator[Finding]:
    """How many models can be live at once, by the concurrency that each reserves."""
    if deployment.parameters["DeploymentMode"] != "serverless":
        return
    if not find_mode("serverless").is_offered_in(session.region_name):
        yield Finding(
            State.MISSING,
            f"SageMaker has no Serverless Inference in {session.region_name}",
            "Take another region, or deploy with DeploymentMode=realtime, which bills by the hour.",
        )
        return
    total = _sagemaker_quotas(session).get(SERVERLESS_CONCURRENCY)
    if total is None:
        yield Finding(
            State.UNKNOWN, "serverless concurrency: Service Quotas lists none"
        )
        return
    reserved = int(deployment.parameters["ServerlessMaxConcurrency"])
    # A release of a live model is verified on an endpoint beside the one that serves.
    endpoints = int(total) // reserved
    text = (
        f"serverless concurrency: {total:.0f}, room for {endpoints} endpoints of "
        f"ServerlessMaxConcurrency={reserved}"
    )
    remedy = (
        f"Deploy with ServerlessMaxConcurrency={max(1, int(total) // 2)} or less, or ask for more: "
        f"Service Quotas, Amazon SageMaker, '{SERVERLESS_CONCURRENCY}'."
    )
    if endpoints > 1:
        yield Finding(State.OK, f"{text}, one of them to verify releases on")
    elif endpoints == 1:
        yield Finding(
            State.WARNING, f"{text}: none to verify a second release on", remedy
        )
    else:
        yield Finding(State.MISSING, text, remedy)


def functions(session: boto3.Session) -> Iterator[Finding]:
    """How many Lambdas run at once: a drop of many files starts many executions."""
    limit = session.client("lambda").get_account_settings()["AccountLimit"][
        "ConcurrentExecutions"
    ]
    text = f"Lambda concurrency: {limit}"
    if limit > NEW_ACCOUNT_LAMBDA_CONCURRENCY:
        yield Finding(State.OK, text)
    else:
        yield Finding(
            State.WARNING,
            f"{text}: predictions beyond that many at once are throttled",
            "Ask for 1,000: Service Quotas, AWS Lambda, 'Concurrent executions'.",
        )


def _sagemaker_quotas(session: boto3.Session) -> Mapping[str, float]:
    return ServiceQuotas(session.client("service-quotas")).of_sagemaker()
