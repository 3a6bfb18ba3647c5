"""Why a run failed, recognised from what AWS and the logs say, with what a person can do about it.

`diagnose` goes from the certain to the general: facts of the run first, then known texts in error messages, then the
exception a script died of, then known texts anywhere in the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_EXCEPTION = re.compile(
    r"(?:^|[\s\"'|\]])((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|NotFound|Timeout|Interrupted)\b(?:: .+)?)$"
)
_WRAPPERS = ("ChildFailedError", "ExecuteUserScriptError", "AlgorithmError", "ClientError:", "InternalServerError")
_DENIED = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
_SHOWN = 400


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
    refusals: Sequence[str] = ()
    """`<type>: <why>` of every instance type that was refused, where no job was ever started."""
    rolled_back: bool = False
    difference: str = ""
    log_tail: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Diagnosis:
    """`cause` and `remedy` are sentences."""

    cause: str
    remedy: str
    by_user: bool = False


@dataclass(frozen=True)
class Known:
    """A text that gives a cause away."""

    pattern: re.Pattern[str]
    cause: str
    remedy: str


def _known(pattern: str, cause: str, remedy: str) -> Known:
    return Known(re.compile(pattern, re.IGNORECASE), cause, remedy)


_AGAIN = "Then drop the data again."
KNOWN: tuple[Known, ...] = (
    _known(
        r"CUDA out of memory|OutOfMemoryError|OutOfMemory:|MemoryError|exit ?code:? 137\b|SIGKILL|DefaultCPUAllocator",
        "Memory ran out.",
        "Set a smaller train_batch_size or max_length in traindrop.yaml, an instance type with more memory, or more "
        "memory for the endpoint. " + _AGAIN,
    ),
    _known(
        r"No space left on device",
        "The disk of the instance is full.",
        "Set a larger volume_gb in traindrop.yaml. " + _AGAIN,
    ),
    _known(
        r"couldn't connect to .?https://huggingface|LocalEntryNotFoundError|OfflineModeIsEnabled|RepositoryNotFoundError"
        r"|is not a valid model identifier|huggingface\.co.{0,200}(timed out|Max retries|resolve)|GatedRepoError",
        "The base model could not be loaded from the Hugging Face Hub.",
        "Check the base model's name and that it is public, or copy it to base-models/<model id>/ in the data bucket: "
        "then the Hub is not asked. " + _AGAIN,
    ),
    _known(
        r"ResourceLimitExceeded|account-level service limit|service quota",
        "The account's quota for this instance type is full or zero.",
        "Ask for more under Service Quotas, Amazon SageMaker, or name other instance types. " + _AGAIN,
    ),
    _known(
        r"CapacityError|insufficient capacity|unable to provision requested ML compute",
        "AWS has no instance of this type left at the moment.",
        "Name more instance types, or try later or in another region. " + _AGAIN,
    ),
    _known(
        r"did not pass the ping health check",
        "The serving container started but never became healthy.",
        "Read the log lines: the model could not be loaded, or needs more memory or time than it has. Raise the "
        "endpoint's memory, or correct code/inference.py and code/requirements.txt. " + _AGAIN,
    ),
    _known(
        r"CannotPullContainer|image .{0,200}(does not exist|not found|not permitted)|repository .{0,200}does not exist",
        "The container image could not be pulled.",
        "Check the TrainingImage and ServingImage parameters of the stack, and that the role may read the repository. "
        "Deploy the stack again. " + _AGAIN,
    ),
    _known(
        r"iam:PassRole",
        "A function may not hand SageMaker its role.",
        "Deploy the stack again unchanged: its functions' roles allow iam:PassRole for the SageMaker role only.",
    ),
    _known(
        r"could not assume role|cannot be assumed|unable to assume|not authorized to assume",
        "SageMaker could not take its role.",
        "A role made a minute ago may not be visible yet: drop the data again. Otherwise deploy the stack again.",
    ),
    _known(
        r"AccessDenied|not authorized to perform",
        "AWS denied access.",
        "Deploy the stack again unchanged; if the account has service control policies, allow this action in them.",
    ),
    _known(
        r"Failed to download (model )?data|Access denied .{0,80}S3|NoSuchKey|NoSuchBucket",
        "Data or model could not be read from S3.",
        "Check that the files under datasets/ and models/ were not removed during the run. " + _AGAIN,
    ),
    _known(
        r"Throttling|Rate exceeded|TooManyRequests",
        "AWS answered that there were too many requests, again and again.",
        "Wait some minutes. " + _AGAIN,
    ),
)


def last_exception(lines: Sequence[str]) -> str | None:
    """The last line that names an exception, without the wrappers that launchers add."""
    for line in reversed(lines):
        match = _EXCEPTION.search(line.rstrip().rstrip('"'))
        if match and not any(wrapper in match.group(1) for wrapper in _WRAPPERS):
            return match.group(1)[:_SHOWN]
    return None


def diagnose(evidence: Evidence) -> Diagnosis:
    """The first rule that knows the cause."""
    return next(found for rule in _RULES if (found := rule(evidence)))


def _interrupted(evidence: Evidence) -> Diagnosis | None:
    if evidence.step != "workflow":
        return None
    return Diagnosis(f"{evidence.message[:1].upper()}{evidence.message[1:]}.", "Drop the data again to start anew.")


def _difference(evidence: Evidence) -> Diagnosis | None:
    if not evidence.difference:
        return None
    return Diagnosis(
        f"The endpoint does not answer as the model did in training: {evidence.difference}.",
        "Check that the training and serving images hold the same versions, and code/inference.py if you gave one.",
    )


def _refused(evidence: Evidence) -> Diagnosis | None:
    if not evidence.refusals:
        return None
    return Diagnosis(
        f"No training instance was to be had: {'; '.join(evidence.refusals)}.",
        "Ask for a higher quota under Service Quotas, Amazon SageMaker ('<type> for spot training job usage', or "
        "'for training job usage' without spot), or name other types in TrainingInstanceTypes. " + _AGAIN,
    )


def _time_limit(evidence: Evidence) -> Diagnosis | None:
    if evidence.phase == "MaxRuntimeExceeded":
        cause = "The training job reached its time limit and was stopped."
        return Diagnosis(cause, "Set a larger max_runtime_seconds, fewer epochs or a faster instance type. " + _AGAIN)
    if evidence.phase == "MaxWaitTimeExceeded":
        cause = "The training job waited too long for spot capacity and was stopped."
        return Diagnosis(cause, "Set spot: false, or a larger max_queue_hours. " + _AGAIN)
    return None


def _stopped(evidence: Evidence) -> Diagnosis | None:
    if not evidence.stopped:
        return None
    return Diagnosis("The training job was stopped by someone.", "Drop the data again to train anew.", by_user=True)


def _spoken(evidence: Evidence) -> list[str]:
    """What was said about the failure itself, in contrast to all that was logged before it."""
    said = [evidence.error, evidence.message, evidence.reason, last_exception(evidence.log_tail) or ""]
    return [text for text in said if text]


def _recognised(evidence: Evidence) -> Diagnosis | None:
    return _first_known(_spoken(evidence), evidence)


def _in_the_log(evidence: Evidence) -> Diagnosis | None:
    return _first_known(list(reversed(evidence.log_tail)), evidence)


def _first_known(texts: Sequence[str], evidence: Evidence) -> Diagnosis | None:
    for known in KNOWN:
        for text in texts:
            if known.pattern.search(text):
                denied = _DENIED.search(text)
                what = denied.group(1) if denied else (evidence.reason or text)
                return Diagnosis(f"{known.cause} ({_one_line(what)})", known.remedy)
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]


def _script(evidence: Evidence) -> Diagnosis | None:
    if evidence.step not in {"train", "judge"} or evidence.error:
        return None
    exception = last_exception(evidence.reason.splitlines()) or last_exception(evidence.log_tail)
    if exception is None:
        return None
    remedy = "Read the log lines; correct the data, traindrop.yaml or the training script. " + _AGAIN
    return Diagnosis(f"The training script failed: {exception}", remedy)


def _rolled_back(evidence: Evidence) -> Diagnosis | None:
    if not evidence.rolled_back:
        return None
    return Diagnosis(
        f"The new model did not come into service, and the endpoint went back to the earlier one: {evidence.reason}",
        "Read the endpoint's log lines: the model could not be loaded, or needs more memory or time than it has.",
    )


def _function(evidence: Evidence) -> Diagnosis | None:
    if not evidence.error:
        return None
    if re.search(r"Timedout|States\.Timeout|timed out", f"{evidence.error} {evidence.message}", re.IGNORECASE):
        cause = f"The function of the step {evidence.step!r} ran out of time."
        return Diagnosis(cause, "Drop the data again; if it happens again, give the function a longer Timeout.")
    return Diagnosis(
        f"The step {evidence.step!r} failed: {evidence.error}: {_one_line(evidence.message)}",
        "Drop the data again. If it fails again, the function's log has the whole traceback.",
    )


def _unknown(evidence: Evidence) -> Diagnosis:
    said = _one_line(evidence.reason) or "AWS gave no reason"
    return Diagnosis(f"The step {evidence.step!r} failed: {said}", "Read the log lines. " + _AGAIN)


_RULES: tuple[Callable[[Evidence], Diagnosis | None], ...] = (
    _interrupted,
    _difference,
    _refused,
    _time_limit,
    _stopped,
    _recognised,
    _rolled_back,
    _script,
    _in_the_log,
    _function,
    _unknown,
)
