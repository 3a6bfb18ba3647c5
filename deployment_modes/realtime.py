"""Real time: instances that always run and bill by the hour."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.answering_run import SHARED_VARIANT
from contracts.environment import ServingVariable
from contracts.spec import IDLE_MINUTES
from deployment_modes.base import DeploymentMode, ModeSetting, Value, variant_of
from deployment_modes.instances import INSTANCE_COUNT, INSTANCE_TYPE, instance_variant
from deployment_modes.traffic import Traffic, TrafficShift

MAX_STEP_MINUTES = 40
"""Ten steps of it, the start and the end stay within the eight hours that SageMaker gives an update."""
MAX_IDLE_MINUTES = 7 * 24 * 60
"""CloudWatch keeps numbers by the minute for fifteen days."""


class Realtime(DeploymentMode):
    name = "realtime"
    summary = "bills by the hour"
    body_limit_bytes = 6 * 2**20
    bills_by_the_hour = True
    may_sleep = True
    lacks = "whose instance type says it"
    settings = (
        INSTANCE_TYPE,
        INSTANCE_COUNT,
        ModeSetting(
            IDLE_MINUTES,
            variable="IDLE_MINUTES",
            parameter="IdleMinutes",
            default=0,
            description=(
                "Minutes without a request after which a realtime endpoint is deleted until the next prediction, which "
                "has to wait some minutes for it; 0 keeps it."
            ),
            example=60,
            schema={"type": "integer", "minimum": 0, "maximum": MAX_IDLE_MINUTES},
        ),
        ModeSetting(
            "traffic",
            variable="TRAFFIC",
            parameter="Traffic",
            default=Traffic.ALL_AT_ONCE.value,
            description=(
                "How the requests of a realtime endpoint go over to a verified release: all_at_once; canary, a share "
                "of them first; linear, by equal shares. Errors or slowness on the way take them back."
            ),
            example=Traffic.CANARY.value,
            schema={"type": "string", "enum": [kind.value for kind in Traffic]},
        ),
        ModeSetting(
            "traffic_percent",
            variable="TRAFFIC_PERCENT",
            parameter="TrafficPercent",
            default=10,
            description="The share of the requests in the first step of a canary, or in every step of linear traffic.",
            example=25,
            schema={"type": "integer", "minimum": 10, "maximum": 50},
        ),
        ModeSetting(
            "traffic_minutes",
            variable="TRAFFIC_MINUTES",
            parameter="TrafficMinutes",
            default=10,
            description="How long each step of canary or linear traffic is watched before the next.",
            example=5,
            schema={"type": "integer", "minimum": 1, "maximum": MAX_STEP_MINUTES},
        ),
        ModeSetting(
            "max_error_percent",
            variable="MAX_ERROR_PERCENT",
            parameter="MaxErrorPercent",
            default=5,
            description=(
                "Canary or linear traffic goes back to the earlier release when more of a minute's requests than this "
                "are answered with a status of 500 or more."
            ),
            example=2,
            schema={"type": "integer", "minimum": 0, "maximum": 100},
        ),
        ModeSetting(
            "max_latency_ms",
            variable="MAX_LATENCY_MS",
            parameter="MaxLatencyMs",
            default=0,
            description=(
                "Canary or linear traffic goes back when the model takes longer than this for more than one in twenty "
                "of a minute's requests; 0 for no limit."
            ),
            example=500,
            schema={"type": "integer", "minimum": 0, "maximum": 60000},
        ),
    )

    def serves(self, config: Mapping[str, object]) -> bool:
        return "AsyncInferenceConfig" not in config and "InstanceType" in variant_of(
            config
        )

    def variant(
        self, name: str, model_name: str, deployment: Mapping[str, Value]
    ) -> dict[str, object]:
        shown = SHARED_VARIANT if self.traffic_shift(deployment) else name
        return instance_variant(shown, model_name, deployment)

    def container_environment(
        self, run: str, deployment: Mapping[str, Value]
    ) -> dict[str, str]:
        if self.traffic_shift(deployment) is None:
            return {}
        return {ServingVariable.RUN.value: run}

    def traffic_shift(self, deployment: Mapping[str, Value]) -> TrafficShift | None:
        own = self.own_settings(deployment)
        kind = Traffic(str(own["traffic"]))
        if kind is Traffic.ALL_AT_ONCE:
            return None
        return TrafficShift(
            kind,
            percent=int(own["traffic_percent"]),
            minutes=int(own["traffic_minutes"]),
            max_error_percent=int(own["max_error_percent"]),
            max_latency_ms=int(own["max_latency_ms"]),
        )
