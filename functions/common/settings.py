"""What the template tells the functions, read from the environment once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

PUBLIC_HUB = "https://huggingface.co"


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
    training_image: str = ""
    serving_image: str = ""
    settle_seconds: int = 30
    base_model: str = ""
    hub_endpoint: str = PUBLIC_HUB
    training_instance_types: tuple[str, ...] = ()
    training_volume_gb: int = 50
    use_spot: bool = True
    max_runtime_seconds: int = 86_400
    max_queue_hours: int = 24
    deployment_mode: str = "serverless"
    serverless_memory_mb: int = 3072
    serverless_max_concurrency: int = 5
    realtime_instance_type: str = "ml.m5.xlarge"
    realtime_instance_count: int = 1
    min_gain: float = 0.0
    api_url: str = ""

    @property
    def own_hub(self) -> str:
        """The Hub's address where it is another than the public one, else empty."""
        return "" if self.hub_endpoint.rstrip("/") == PUBLIC_HUB else self.hub_endpoint

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Raises `SettingsError` naming the first required variable that is missing."""
        missing = [name for name in ("STACK", "DATA_BUCKET", "LEDGER_TABLE") if not environment.get(name)]
        if missing:
            raise SettingsError(f"expected the environment variable {missing[0]}; found none. Redeploy the stack.")
        given = {f.name: environment[f.name.upper()] for f in fields(cls) if environment.get(f.name.upper())}
        return cls(**{name: _PARSERS.get(name, str)(value) for name, value in given.items()})


def _names(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


_PARSERS: dict[str, Callable[[str], Any]] = {
    "settle_seconds": int,
    "training_instance_types": _names,
    "training_volume_gb": int,
    "use_spot": lambda value: value.lower() == "true",
    "max_runtime_seconds": int,
    "max_queue_hours": int,
    "serverless_memory_mb": int,
    "serverless_max_concurrency": int,
    "realtime_instance_count": int,
    "min_gain": float,
}
