"""The kinds of resource: how each is named on the wire and in error messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
"""A resource as its Describe operation answers it: wire names, epoch seconds, absent fields absent."""


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    key: str
    """In ARNs and in the store."""
    title: str
    """In error messages."""
    prefix: str
    """Of the wire names, as in `EndpointName`."""

    @property
    def name_field(self) -> str:
        return f"{self.prefix}Name"

    @property
    def arn_field(self) -> str:
        return f"{self.prefix}Arn"

    @property
    def status_field(self) -> str:
        return f"{self.prefix}Status"


TRAINING_JOB = Kind("training-job", "training job", "TrainingJob")
MODEL = Kind("model", "model", "Model")
ENDPOINT_CONFIG = Kind("endpoint-config", "endpoint configuration", "EndpointConfig")
ENDPOINT = Kind("endpoint", "endpoint", "Endpoint")
