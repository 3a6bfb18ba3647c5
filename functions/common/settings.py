"""What the template tells the functions, read from the environment once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from contracts.environment import FunctionVariable
from contracts.spec import ApprovalRule
from deployment_modes import MODES, Value

PUBLIC_HUB = "https://huggingface.co"


_REQUIRED = (
    FunctionVariable.STACK,
    FunctionVariable.DATA_BUCKET,
    FunctionVariable.LEDGER_TABLE,
)


class SettingsError(RuntimeError):
    """The function's environment lacks a setting: the template and the code do not fit."""


@dataclass(frozen=True)
class Settings:
    """Environment of every function; the name in upper case is the variable. Times are seconds."""

    stack: str
    data_bucket: str
    ledger_table: str
    topic_arn: str = ""
    state_machine_arn: str = ""
    execution_role_arn: str = ""
    """What training jobs may do, or endpoints: each function has the one that it passes on."""
    async_role_arn: str = ""
    """What asynchronous endpoints may do."""
    job_creation_role_arn: str = ""
    training_image: str = ""
    serving_image: str = ""
    settle_seconds: int = 30
    parallel_inspect_mb: float = 4096
    """Drops above are inspected in shards of a quarter of it."""
    base_model: str = ""
    hub_endpoint: str = PUBLIC_HUB
    training_instance_types: tuple[str, ...] = ()
    training_volume_gb: int = 50
    use_spot: bool = True
    spot_wait_minutes: float = 30
    on_demand_fallback: bool = False
    max_runtime_seconds: int = 86_400
    max_queue_hours: int = 24
    deployment_mode: str = "serverless"
    monthly_budget: float = 0.0
    """USD that trainings and endpoints may cost in a month; 0 for no limit."""
    min_gain: float = 0.0
    approval: ApprovalRule = ApprovalRule.NONE
    approval_days: float = 7
    kept_releases: int = 5
    drift_sample_percent: float = 0.0
    """Of the predictions that are counted; 0 watches for no drift."""
    api_url: str = ""
    predict_key_id: str = ""
    read_key_id: str = ""
    manage_key_id: str = ""
    batch_machine_arn: str = ""
    batch_instance_type: str = "ml.m5.xlarge"
    batch_instance_count: int = 1
    aws_region: str = ""
    """Lambda sets it."""
    mode_defaults: Mapping[str, Value] = field(default_factory=dict)
    """The stack's settings of every deployment mode, by the setting's variable."""

    @property
    def own_hub(self) -> str:
        """The Hub's address where it is another than the public one, else empty."""
        return "" if self.hub_endpoint.rstrip("/") == PUBLIC_HUB else self.hub_endpoint

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Raises `SettingsError` naming the first required variable that is missing."""
        missing = [name for name in _REQUIRED if not environment.get(name)]
        if missing:
            raise SettingsError(
                f"expected the environment variable {missing[0]}; found none. Redeploy the stack."
            )
        values: dict[str, Any] = {}
        for setting, setting_type in get_type_hints(cls).items():
            text = environment.get(setting.upper())
            if text and setting_type in _PARSERS:
                values[setting] = _PARSERS[setting_type](text)
        return cls(**values, mode_defaults=_mode_defaults(environment))


def _mode_defaults(environment: Mapping[str, str]) -> dict[str, Value]:
    defaults: dict[str, Value] = {}
    for mode in MODES.values():
        for setting in mode.settings:
            if text := environment.get(setting.variable):
                defaults[setting.variable] = setting.parse(text)
    return defaults


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _flag(value: str) -> bool:
    return value.lower() == "true"


_PARSERS: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _flag,
    ApprovalRule: ApprovalRule,
    tuple[str, ...]: _names,
}
"""From a variable's text to a value, by the field's type."""
