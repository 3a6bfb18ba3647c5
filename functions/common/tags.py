"""Whose something on SageMaker is: the tags everything gets, and what may be removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["endpoint", "endpoint-config", "model"]
Tags = dict[str, str]

STACK, MODEL, RUN = "traindrop:stack", "traindrop:model", "traindrop:run"
BATCH = "traindrop:batch"
SESSION_RUN, SESSION_JOB, SESSION_CHAMPION = (
    "traindrop-run",
    "traindrop-job",
    "traindrop-champion",
)
"""Tags of the session that creates a training job. SageMaker hands them on: the job's role allows what they name."""
NO_CHAMPION = "none"
_VALUE_LIMIT = 256


@dataclass(frozen=True)
class TaggedResource:
    """Something on SageMaker that carries this stack's tags."""

    kind: Kind
    name: str
    tags: Tags


def tag_value(text: str) -> str:
    """`text` as a tag value may be written: other characters become hyphens, at most 256 of them."""
    kept = "".join(c if c.isalnum() or c in " _.:/=+-@" else "-" for c in text)
    return kept[:_VALUE_LIMIT].strip() or "-"


def tags(stack: str, model: str | None = None, run: str | None = None) -> Tags:
    """The tags of what a run makes; what outlives a run (its model's endpoint) is tagged without it."""
    values = {STACK: stack, MODEL: model, RUN: run}
    return {key: tag_value(value) for key, value in values.items() if value is not None}


def batch_tags(stack: str, batch: str) -> Tags:
    """Of what a batch makes. Not its model's tag: what a model's runs no longer need is found and removed by that."""
    return {STACK: tag_value(stack), BATCH: tag_value(batch)}


def session_tags(run: str, job: str, champion: str | None) -> Tags:
    """Whose data the job may read and write: its run's, and the archive of the run that it is compared with."""
    return {
        SESSION_RUN: run,
        SESSION_JOB: job,
        SESSION_CHAMPION: champion or NO_CHAMPION,
    }


def as_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_tags(items: Iterable[Mapping[str, Any]]) -> Tags:
    return {str(item["Key"]): str(item["Value"]) for item in items}


def removable(
    owned: Iterable[TaggedResource], used: set[str], kept_runs: set[str]
) -> list[TaggedResource]:
    """What neither the endpoint uses nor a run that is live or in progress made, models before their configs.

    A config thus tells the sweep that there is something left of its run.
    """
    spare = [
        item
        for item in owned
        if item.name not in used and item.tags.get(RUN) not in kept_runs
    ]
    return sorted(spare, key=lambda item: (item.kind != "model", item.name))
