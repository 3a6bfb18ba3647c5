"""The ledger's records as the functions, the API and the docs know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

RunStatus = Literal[
    "inspecting",
    "training",
    "judging",
    "deploying",
    "verifying",
    "live",
    "superseded",
    "kept champion",
    "rejected",
    "failed",
    "stopped",
]
IN_PROGRESS: frozenset[RunStatus] = frozenset({"inspecting", "training", "judging", "deploying", "verifying"})
RELEASED: frozenset[RunStatus] = frozenset({"live", "superseded"})


class Step(TypedDict):
    """One line of a run's history; `at` is ISO 8601 in UTC."""

    step: str
    at: str


class Failure(TypedDict):
    """Why a run ended without a release, as a person can act on it."""

    step: str
    cause: str
    remedy: str
    log_tail: list[str]
    leftovers: NotRequired[list[str]]
    """What could not be removed at once; the sweep goes on removing it."""


class Run(TypedDict):
    """One pass over one fingerprint of a drop. Times are ISO 8601 in UTC, durations seconds."""

    run: str
    model: str
    fingerprint: str
    attempt: int
    status: RunStatus
    execution: str
    started_at: str
    updated_at: str
    steps: list[Step]
    ended_at: NotRequired[str]
    task: NotRequired[str]
    data: NotRequired[dict[str, Any]]
    training: NotRequired[dict[str, Any]]
    evaluation: NotRequired[dict[str, Any]]
    report: NotRequired[str]
    """The API's path of the report on the training; `card` is that of the model card."""
    card: NotRequired[str]
    deployment: NotRequired[dict[str, Any]]
    problems: NotRequired[list[dict[str, Any]]]
    problem_count: NotRequired[int]
    warnings: NotRequired[list[str]]
    failure: NotRequired[Failure]
    hooks: NotRequired[list[str]]
    """What the drop's own serving code defines; there only where it has such code."""
    example: NotRequired[Any]
    """A request the model answers, where its owner gave one."""
    notified: NotRequired[str]
    """The ending that was told to subscribers."""


class Model(TypedDict):
    """A name under `datasets/`; `champion` is the run that is live, `active_run` the one in progress."""

    model: str
    endpoint: str
    updated_at: str
    champion: NotRequired[str]
    previous_champion: NotRequired[str | None]
    task: NotRequired[str | None]
    """The champion's task, so that one read is enough to answer a prediction."""
    custom: NotRequired[bool | None]
    """Whether the champion is served by code of its own, which decides what a request looks like."""
    mode: NotRequired[str | None]
    """The champion's deployment mode."""
    active_run: NotRequired[str]


@dataclass(frozen=True)
class Drop:
    """One state of a model's files. `versions` tells a repeated upload of the same bytes from a late event."""

    model: str
    fingerprint: str
    versions: str


@dataclass(frozen=True)
class Claim:
    """What became of an attempt to claim a drop; `run` is the run that holds it."""

    outcome: Literal["claimed", "busy", "duplicate"]
    run: str
