"""Quotas of SageMaker that a model's endpoint needs room in, and why a training was not started for one.

Names as Service Quotas lists them for `sagemaker`:
https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.documents import Record

SERVERLESS_CONCURRENCY = (
    "Maximum total concurrency that can be allocated across all serverless endpoints"
)


def endpoint_instances(instance_type: str) -> str:
    """The quota of the instances of one type that serve at once."""
    return f"{instance_type} for endpoint usage"


@dataclass(frozen=True, kw_only=True)
class QuotaRefusal(Record):
    """Why a training was not started: its model could not be deployed."""

    expected: str
    found: str
    remedy: str
    refused_at: str

    @property
    def sentence(self) -> str:
        return f"Expected {self.expected}; found {self.found}."
