"""Why a run failed, recognised from what AWS and the logs say, with what a person can do about it.

`diagnose` goes from the certain to the general: facts of the run first, then what the job itself said, then known texts
in error messages, then the exception a script died of, then known texts anywhere in the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from contracts.costs import BudgetRefusal
from contracts.failures import (
    DROP_AGAIN,
    JOB_FAILED,
    RETRY,
    RETRY_OR_DROP,
    CauseAndRemedy,
    traceback_location,
)
from contracts.outcomes import WorkflowStep
from contracts.quotas import QuotaRefusal
from contracts.run_record import RefusedInstance, RunRecord, ShardFailure
from functions.explain.known_failures import (
    BUDGET,
    DIFFERENCE,
    INTERRUPTED,
    NOT_SWITCHED,
    QUOTA,
    RECOGNISED,
    REFUSED,
    ROLLED_BACK,
    SCRIPT,
    SPOT_WAIT,
    STOP_REQUESTED,
    STOPPED,
    TIME_LIMIT,
    TIMED_OUT,
)

_EXCEPTION = re.compile(
    r"(?:^|[\s\"'|\]])((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|NotFound|Timeout|Interrupted)\b(?:: .+)?)$"
)
_WRAPPERS = (
    "ChildFailedError",
    "ExecuteUserScriptError",
    "AlgorithmError",
    "ClientError:",
    "InternalServerError",
)
_DENIED = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_FAILURE_FILE = re.compile(r"(?s)AlgorithmError: (?!\w+Error:\n)(.+), exit code: \d+")
"""What SageMaker makes of `output/failure`; texts of its own toolkit begin with the name of an error."""
_SHOWN = 400
_MAP_FAILED = "States.ExceedToleratedFailureThreshold"
"""Of a Distributed Map one of whose functions failed for good; it does not say why."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a failure; empty where nothing is."""

    step: str
    error: str = ""
    """The name of the exception or state machine error that led here."""
    message: str = ""
    reason: str = ""
    """FailureReason of the job or the endpoint."""
    phase: str = ""
    """SecondaryStatus of the job."""
    stopped: bool = False
    stop_requested: bool = False
    """By a caller of the API: whatever failed afterwards did so for that."""
    budget: BudgetRefusal | None = None
    """Why no training was started; or `quota`, where its model has no room to be deployed."""
    quota: QuotaRefusal | None = None
    refusals: Sequence[str] = ()
    """`<type>: <why>` of every instance type that was refused, where no job was ever started."""
    rolled_back: bool = False
    was_verified: bool = False
    """Whether the release had been verified on a candidate endpoint before."""
    difference: str = ""
    log_tail: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Diagnosis(CauseAndRemedy):
    """Why a run failed, and whether someone wanted it to."""

    by_user: bool = False


def last_exception(lines: Sequence[str]) -> str | None:
    """The last line that names an exception, without the wrappers that launchers add."""
    for line in reversed(lines):
        match = _EXCEPTION.search(line.rstrip().rstrip('"'))
        if match and not any(wrapper in match.group(1) for wrapper in _WRAPPERS):
            return match.group(1)[:_SHOWN]
    return None


def remedy_of(diagnosis: Diagnosis, record: RunRecord) -> str:
    """The remedy for this run: without a spec there is nothing that it could go on from."""
    if record.promotion is not None:
        path = f"/models/{quote(record.model, safe='')}/promote"
        again = f'Ask for it again: POST {path} with {{"run": "{record.run}"}}.'
        return diagnosis.remedy.replace(RETRY_OR_DROP, again).replace(RETRY, again)
    if record.spec is None:
        whole = diagnosis.remedy.replace(RETRY_OR_DROP, DROP_AGAIN)
        return whole.replace(RETRY, DROP_AGAIN)
    return diagnosis.remedy.replace("<run>", quote(record.run))


def diagnose(evidence: Evidence) -> Diagnosis:
    """The first rule that knows the cause."""
    explanation = _first_explanation(evidence)
    by_user = explanation in {STOPPED.explain(), STOP_REQUESTED.explain()}
    return Diagnosis(explanation.cause, explanation.remedy, by_user=by_user)


def _first_explanation(evidence: Evidence) -> CauseAndRemedy:
    for rule in _RULES:
        explanation = rule(evidence)
        if explanation:
            return explanation
    return _unknown(evidence)


def _stop_requested(evidence: Evidence) -> CauseAndRemedy | None:
    return STOP_REQUESTED.explain() if evidence.stop_requested else None


def _interrupted(evidence: Evidence) -> CauseAndRemedy | None:
    message = evidence.message
    return (
        INTERRUPTED.explain(f"{message[:1].upper()}{message[1:]}")
        if evidence.step == "workflow"
        else None
    )


def _difference(evidence: Evidence) -> CauseAndRemedy | None:
    return DIFFERENCE.explain(evidence.difference) if evidence.difference else None


def _over_budget(evidence: Evidence) -> CauseAndRemedy | None:
    refusal = evidence.budget
    if refusal is None:
        return None
    return replace(BUDGET.explain(refusal.sentence), remedy=refusal.remedy)


def _over_quota(evidence: Evidence) -> CauseAndRemedy | None:
    refusal = evidence.quota
    if refusal is None:
        return None
    cause = QUOTA.explain(refusal.sentence)
    return replace(cause, remedy=f"{refusal.remedy} {RETRY_OR_DROP}")


def _refused(evidence: Evidence) -> CauseAndRemedy | None:
    return REFUSED.explain("; ".join(evidence.refusals)) if evidence.refusals else None


def _time_limit(evidence: Evidence) -> CauseAndRemedy | None:
    limit = {"MaxRuntimeExceeded": TIME_LIMIT, "MaxWaitTimeExceeded": SPOT_WAIT}.get(
        evidence.phase
    )
    return limit.explain() if limit else None


def _stopped(evidence: Evidence) -> CauseAndRemedy | None:
    return STOPPED.explain() if evidence.stopped else None


def _reported_by_job(evidence: Evidence) -> CauseAndRemedy | None:
    """What the job left in its failure file, else printed last, word for word."""
    if evidence.step != "train":
        return None
    file = _FAILURE_FILE.fullmatch(evidence.reason)
    printed = (
        line.removeprefix(JOB_FAILED)
        for line in reversed(evidence.log_tail)
        if line.startswith(JOB_FAILED)
    )
    return (
        CauseAndRemedy.parse(file.group(1)) if file else None
    ) or CauseAndRemedy.parse(next(printed, ""))


def _spoken(evidence: Evidence) -> list[str]:
    """What was said about the failure itself, in contrast to all that was logged before it."""
    messages = [
        evidence.error,
        evidence.message,
        evidence.reason,
        last_exception(evidence.log_tail) or "",
    ]
    return [text for text in messages if text]


def _recognised(evidence: Evidence) -> CauseAndRemedy | None:
    return _first_known(_spoken(evidence), evidence)


def _in_the_log(evidence: Evidence) -> CauseAndRemedy | None:
    return _first_known(list(reversed(evidence.log_tail)), evidence)


def _first_known(texts: Sequence[str], evidence: Evidence) -> CauseAndRemedy | None:
    for failure in RECOGNISED:
        for text in texts:
            if failure.pattern.search(text):
                denied = _DENIED.search(text)
                return failure.explain(
                    denied.group(1) if denied else (evidence.reason or text)
                )
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]


def _script(evidence: Evidence) -> CauseAndRemedy | None:
    if evidence.step not in {"train", "judge"} or evidence.error:
        return None
    log = list(evidence.log_tail)
    if exception := last_exception(evidence.reason.splitlines()) or last_exception(log):
        location = traceback_location(log, _is_own)
        return SCRIPT.explain(f"{exception} ({location})" if location else exception)
    file = _FAILURE_FILE.fullmatch(evidence.reason)
    return SCRIPT.explain(_one_line(file.group(1))) if file else None


def _is_own(path: str) -> bool:
    """Whether a file in a traceback is the training's, not an installed package's or Python's own."""
    return not re.search(r"site-packages|dist-packages|/lib/python3|^<", path)


def _not_switched(evidence: Evidence) -> CauseAndRemedy | None:
    """The model has come into service once, so that the texts about models that never do say nothing here."""
    is_known = evidence.rolled_back and evidence.was_verified
    return NOT_SWITCHED.explain(_one_line(evidence.reason)) if is_known else None


def _rolled_back(evidence: Evidence) -> CauseAndRemedy | None:
    return ROLLED_BACK.explain(evidence.reason) if evidence.rolled_back else None


def _function(evidence: Evidence) -> CauseAndRemedy | None:
    if not evidence.error:
        return None
    if re.search(
        r"Timedout|States\.Timeout|timed out",
        f"{evidence.error} {evidence.message}",
        re.IGNORECASE,
    ):
        return TIMED_OUT.explain(repr(evidence.step))
    return CauseAndRemedy(
        f"The step {evidence.step!r} failed: {evidence.error}: {_one_line(evidence.message)}",
        f"{RETRY} If it fails again, the function's log has the whole traceback.",
    )


def _unknown(evidence: Evidence) -> CauseAndRemedy:
    reason = _one_line(evidence.reason) or "AWS gave no reason"
    return CauseAndRemedy(
        f"The step {evidence.step!r} failed: {reason}",
        f"Read the log lines. {RETRY_OR_DROP}",
    )


_RULES: tuple[Callable[[Evidence], CauseAndRemedy | None], ...] = (
    _stop_requested,
    _interrupted,
    _difference,
    _over_budget,
    _over_quota,
    _refused,
    _time_limit,
    _stopped,
    _reported_by_job,
    _not_switched,
    _recognised,
    _rolled_back,
    _script,
    _in_the_log,
    _function,
)


_MESSAGE = re.compile(r'"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)')
_AT_TRAINING = frozenset({"train", "judge", "workflow"})
_AT_ENDPOINT = frozenset({"deploy", "verify", "workflow"})


def message_of(cause: str) -> str:
    """The message inside the `Cause` that a state machine's Catch gives: JSON, perhaps cut off, or plain text."""
    try:
        parsed = json.loads(cause)
    except ValueError:
        match = _MESSAGE.search(cause)
        return match.group(1) if match else cause
    return str(parsed.get("errorMessage", cause)) if isinstance(parsed, dict) else cause


def wants_job_log(step: str, record: RunRecord) -> bool:
    return (
        step in _AT_TRAINING
        and bool(record.training.job)
        and not record.deployment.endpoint
    )


def wants_endpoint_log(step: str, record: RunRecord) -> bool:
    return step in _AT_ENDPOINT and bool(record.deployment.endpoint)


def _shard_failure(record: RunRecord) -> ShardFailure | None:
    """Of the present try."""
    failure = record.shard_failure
    return failure if failure and failure.at >= record.steps[0].at else None


def evidence_of(
    event: Mapping[str, Any],
    record: RunRecord,
    job: Mapping[str, Any] | None,
    log_tail: Sequence[str],
) -> Evidence:
    """`event` is what Explain was called with, `job` a described training job where the failure may lie in it."""
    step, error = str(event.get("step") or "workflow"), str(event.get("error") or "")
    message = message_of(str(event.get("cause") or ""))
    shard = _shard_failure(record)
    if error == _MAP_FAILED and shard:
        error, message = shard.error, shard.message
    deployment = record.deployment
    at_training, at_endpoint = job is not None and step == "train", step in _AT_ENDPOINT
    phase = str(job.get("SecondaryStatus", "")) if job and at_training else ""
    reason = ""
    if job and at_training:
        reason = str(job.get("FailureReason", ""))
    elif at_endpoint:
        reason = deployment.latest.reason or ""
    was_not_started = step == WorkflowStep.TRAIN and not error
    was_refused = was_not_started and not record.training.job
    is_verified = step == WorkflowStep.VERIFY
    verification = deployment.last_verification if is_verified else None
    return Evidence(
        step=step,
        error=error,
        message=message,
        reason=reason,
        phase=phase,
        stopped=bool(
            at_training and job and job["TrainingJobStatus"] in {"Stopped", "Stopping"}
        ),
        stop_requested=record.stop_requested_at is not None,
        budget=record.budget_refusal if was_not_started else None,
        quota=record.quota_refusal if was_not_started else None,
        refusals=_refusals(record.training.tries or ()) if was_refused else (),
        rolled_back=step == "deploy"
        and deployment.latest.endpoint_status == "InService"
        and not error,
        was_verified=deployment.candidate is not None and bool(deployment.started_at),
        difference=(verification.difference or "") if verification else "",
        log_tail=list(log_tail),
    )


def _refusals(tries: Sequence[RefusedInstance]) -> tuple[str, ...]:
    """The last refusal of every type."""
    latest = {refusal.instance_type: refusal.reason for refusal in tries}
    return tuple(
        f"{instance_type}: {reason.rstrip('.')}"
        for instance_type, reason in latest.items()
    )
