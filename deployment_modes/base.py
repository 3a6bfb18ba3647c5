"""What a deployment mode is: its settings, its endpoint config and its limits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from deployment_modes.traffic import TrafficShift

MODEL_SECONDS = 60
"""What SageMaker gives a model for an answer that the caller waits for."""

Value = str | int
Schema = Mapping[str, object]
"""A part of a JSON Schema."""


@dataclass(frozen=True)
class ModeSetting:
    """One setting of `deployment` in `traindrop.yaml`.

    `variable` is the functions' environment variable with the stack's value, `parameter` the template's parameter
    behind it, `default` the value where neither says one. `schema` is the setting's JSON Schema without the default.
    """

    name: str
    variable: str
    parameter: str
    default: Value
    description: str
    example: Value
    schema: Schema = field(default_factory=dict)

    def parse(self, text: str) -> Value:
        """The variable's text as a value. Raises `ValueError` where a number is expected and is not there."""
        return int(text) if isinstance(self.default, int) else text


def variant_of(config: Mapping[str, object]) -> Mapping[str, object]:
    """The production variant of an endpoint config of Traindrop's, which has one; empty where there is none."""
    variants = config.get("ProductionVariants")
    return variants[0] if isinstance(variants, list) and variants else {}


class DeploymentMode(ABC):
    """One way of serving. Everything in the code that differs by mode is a member of this class."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """A clause on what the mode costs, for the documentation."""
    settings: ClassVar[tuple[ModeSetting, ...]]
    body_limit_bytes: ClassVar[int]
    """SageMaker's limit of a request's body."""
    regions: ClassVar[frozenset[str] | None] = None
    """Where SageMaker has the mode; None where every region has it."""
    bills_by_the_hour: ClassVar[bool] = False
    """Whether it bills while nobody calls, on instances."""
    may_sleep: ClassVar[bool] = False
    """Whether its endpoint may be deleted until the next request."""
    answers_later: ClassVar[bool] = False
    """Whether requests are queued, and their answers written to S3."""
    starts_cold: ClassVar[bool] = False
    """Whether the first request after a while waits for a container."""
    lacks: ClassVar[str]
    """A clause that says why the settings of other modes mean nothing here."""

    @property
    def setting_names(self) -> tuple[str, ...]:
        return tuple(setting.name for setting in self.settings)

    def is_offered_in(self, region: str) -> bool:
        """Whether SageMaker has the mode in the region; true where the region is not known."""
        return not region or self.regions is None or region in self.regions

    @abstractmethod
    def variant(
        self, name: str, model_name: str, deployment: Mapping[str, Value]
    ) -> dict[str, object]:
        """The production variant of `CreateEndpointConfig` that serves the SageMaker model `model_name`.

        SageMaker says with every answer by its name which variant gave it. Where several releases share it, the
        container names its run (`contracts.answering_run`).
        """

    @abstractmethod
    def serves(self, config: Mapping[str, object]) -> bool:
        """Whether an endpoint config, as SageMaker describes it, is of this mode."""

    def config_fields(self, answers_uri: str, failures_uri: str) -> dict[str, object]:
        """The fields of `CreateEndpointConfig` beside its variant; the S3 prefixes are for answers that come later."""
        return {}

    def answer_seconds(self, deployment: Mapping[str, Value]) -> int:
        """How long SageMaker lets the model take for one request."""
        return MODEL_SECONDS

    def container_environment(
        self, run: str, deployment: Mapping[str, Value]
    ) -> dict[str, str]:
        """Variables of the container that serves the run which this mode needs besides those of every model."""
        return {}

    def traffic_shift(self, deployment: Mapping[str, Value]) -> TrafficShift | None:
        """How requests move to a release that takes another's place; None for all at once."""
        return None

    def own_settings(self, deployment: Mapping[str, Value]) -> dict[str, Value]:
        """Only this mode's settings of those of all modes. What a spec of an earlier version lacks has its default."""
        return {
            setting.name: deployment.get(setting.name, setting.default)
            for setting in self.settings
        }

    def describe_foreign(self, name: str, value: Value) -> str:
        """A setting of another mode as an error message shows it."""
        return str(value)
