"""What the functions answer, and what the state machine calls its steps and endings.

A test compares these with `statemachine/train_and_deploy.asl.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ArriveOutcome(StrEnum):
    """Of a function that S3's events call by way of a queue, not the state machine."""

    NOTED = "noted"


class InspectOutcome(StrEnum):
    READY = "ready"
    DEPLOYABLE = "deployable"
    """The model needs no training."""
    ARRIVING = "arriving"
    BUSY = "busy"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    REJECTED = "rejected"
    SHARDED = "sharded"
    """The drop is too large for one function: its shards are checked in parallel."""


class ShardStep(StrEnum):
    """What Inspect is asked to do with a drop that was cut into shards."""

    CHECK = "check"
    DECIDE = "decide"
    WRITE = "write"
    PUBLISH = "publish"


class CheckShardOutcome(StrEnum):
    CHECKED = "checked"


class DecideOutcome(StrEnum):
    DECIDED = "decided"
    REJECTED = "rejected"


class WriteShardOutcome(StrEnum):
    WRITTEN = "written"


class PublishOutcome(StrEnum):
    READY = "ready"


class StartTrainingOutcome(StrEnum):
    STARTED = "started"
    NO_CAPACITY = "no_capacity"
    """Every instance type was refused; the state machine waits and asks again."""
    REFUSED = "refused"
    """Waiting is over, or pointless."""


class CheckTrainingOutcome(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    NO_CAPACITY = "no_capacity"
    UNKNOWN = "unknown"
    """The job could not be looked at, which says nothing of it."""


class JudgeOutcome(StrEnum):
    PROMOTE = "promote"
    KEEP = "keep"


class CreateModelOutcome(StrEnum):
    CREATED = "created"
    HELD = "held"
    """The run waits for a person's approval, with its archive: it is kept back until then."""


class DeployStage(StrEnum):
    """What Deploy, Check endpoint and Verify are asked about."""

    CANDIDATE = "candidate"
    """The release before it is verified: on an endpoint of its own where the model is live."""
    STABLE = "stable"
    """The model's endpoint, which goes over to what was verified."""


class DeployOutcome(StrEnum):
    DEPLOYING = "deploying"
    IN_PLACE = "in_place"
    """What was verified is on the model's endpoint already, for the model was not live before."""
    BUSY = "busy"
    """The endpoint cannot be changed at this moment."""


class CheckEndpointOutcome(StrEnum):
    DEPLOYING = "deploying"
    LIVE = "live"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The endpoint could not be looked at, which says nothing of it."""


class VerifyOutcome(StrEnum):
    VERIFIED = "verified"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """No answer yet, which says nothing of the model."""


class PromoteOutcome(StrEnum):
    PROMOTED = "promoted"


class RetireOutcome(StrEnum):
    RETIRED = "retired"


class ExplainOutcome(StrEnum):
    CLEANED = "cleaned"


class NotifyOutcome(StrEnum):
    NOTIFIED = "notified"


class NextDropOutcome(StrEnum):
    CHECKED = "checked"


class SweepOutcome(StrEnum):
    """Of a function that is called on a schedule, not by the state machine."""

    SWEPT = "swept"
    LEFT = "left"
    """To another sweep, which begins after this one was called."""
    LEDGER_LOST = "ledger_lost"
    """Models are served that the ledger does not know: nothing was swept."""


STATE_OUTCOMES: Mapping[str, type[StrEnum]] = {
    "Inspect": InspectOutcome,
    "Check shard": CheckShardOutcome,
    "Decide": DecideOutcome,
    "Write shard": WriteShardOutcome,
    "Publish": PublishOutcome,
    "Start training": StartTrainingOutcome,
    "Check training": CheckTrainingOutcome,
    "Judge": JudgeOutcome,
    "Create model": CreateModelOutcome,
    "Deploy": DeployOutcome,
    "Check endpoint": CheckEndpointOutcome,
    "Verify": VerifyOutcome,
    "Promote": PromoteOutcome,
    "Retire": RetireOutcome,
    "Explain": ExplainOutcome,
    "Notify": NotifyOutcome,
    "Next drop": NextDropOutcome,
}
"""State of the state machine, those inside a Map included -> the outcomes of its function."""


class WorkflowStep(StrEnum):
    """`$step` of the state machine: the step that failed, for Explain."""

    INSPECT = "inspect"
    TRAIN = "train"
    JUDGE = "judge"
    DEPLOY = "deploy"
    VERIFY = "verify"
    PROMOTE = "promote"
    WORKFLOW = "workflow"
    """Said by the sweep of a run whose execution died."""


RESTART_ERROR = "States.ServiceRestart"
"""Error of an execution that the local cloud's own end has cut off. AWS ends none so."""


class Ending(StrEnum):
    """`$ending` of the state machine: what it does after Notify."""

    FAILED = "failed"
    REJECTED = "rejected"
    KEPT_BACK = "kept back"
    PROMOTED = "promoted"
