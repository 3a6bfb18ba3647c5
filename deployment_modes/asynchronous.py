"""Asynchronous: requests wait in a queue, and their answers are written to S3; for slow models and long inputs."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.environment import ServingVariable
from deployment_modes.base import DeploymentMode, ModeSetting, Value
from deployment_modes.instances import INSTANCE_COUNT, INSTANCE_TYPE, instance_variant

MAX_MINUTES = 60
"""What SageMaker gives one request of an asynchronous endpoint at most."""


class Asynchronous(DeploymentMode):
    name = "async"
    summary = (
        "answers later, for requests that take up to an hour, and bills by the hour"
    )
    body_limit_bytes = 6 * 2**20
    bills_by_the_hour = True
    answers_later = True
    lacks = "which answers from a queue"
    settings = (
        INSTANCE_TYPE,
        INSTANCE_COUNT,
        ModeSetting(
            "timeout_minutes",
            variable="ASYNC_TIMEOUT_MINUTES",
            parameter="AsyncTimeoutMinutes",
            default=15,
            description="How long the model of an async endpoint may take for one request.",
            example=30,
            schema={"type": "integer", "minimum": 1, "maximum": MAX_MINUTES},
        ),
    )

    def serves(self, config: Mapping[str, object]) -> bool:
        return "AsyncInferenceConfig" in config

    def variant(
        self, name: str, model_name: str, deployment: Mapping[str, Value]
    ) -> dict[str, object]:
        return instance_variant(name, model_name, deployment)

    def config_fields(self, answers_uri: str, failures_uri: str) -> dict[str, object]:
        output = {"S3OutputPath": answers_uri, "S3FailurePath": failures_uri}
        return {"AsyncInferenceConfig": {"OutputConfig": output}}

    def container_environment(
        self, run: str, deployment: Mapping[str, Value]
    ) -> dict[str, str]:
        minutes = self.own_settings(deployment)["timeout_minutes"]
        return {ServingVariable.TIMEOUT.value: str(minutes)}

    def answer_seconds(self, deployment: Mapping[str, Value]) -> int:
        return 60 * int(self.own_settings(deployment)["timeout_minutes"])
