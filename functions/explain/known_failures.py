"""Every cause that Explain recognises: the texts of `contracts.failures`, those of AWS, and the facts of a run."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.failures import (
    KNOWN_FAILURES,
    READ_THE_LOG,
    RETRY,
    RETRY_OR_DROP,
    CauseAndRemedy,
    KnownFailure,
    known_failure,
)

AGAIN = "Then drop the data again."
"""Where the drop itself, or its traindrop.yaml, has to change first."""


@dataclass(frozen=True)
class Fact:
    """A cause that no text gives away; `cause` says with `{what}` what was found."""

    symptom: str
    cause: str
    remedy: str

    def explain(self, what: str = "") -> CauseAndRemedy:
        return CauseAndRemedy(self.cause.format(what=what), self.remedy)


FROM_AWS: tuple[KnownFailure, ...] = (
    known_failure(
        "`Maximum total concurrency that can be allocated across all serverless endpoints`, `… for endpoint usage`",
        r"service limit .{0,80}(serverless|for endpoint usage|endpoints)|across all serverless endpoints",
        "The account's quota for endpoints is full. A release of a live model needs twice what the model has, for some "
        "minutes: it is verified on an endpoint of its own beside the one that serves.",
        "Ask for more under Service Quotas, Amazon SageMaker (the message names the quota); or set a smaller "
        "max_concurrency, or fewer or other instances, under deployment in traindrop.yaml; or delete the endpoints of "
        "models that nobody needs. " + RETRY_OR_DROP,
    ),
    known_failure(
        "`ResourceLimitExceeded`, `account-level service limit`",
        r"ResourceLimitExceeded|account-level service limit|service quota",
        "The account's quota for this instance type is full or zero.",
        "Ask for more under Service Quotas, Amazon SageMaker, or name other instance types. "
        + RETRY_OR_DROP,
    ),
    known_failure(
        "`CapacityError`, `Unable to provision requested ML compute capacity`",
        r"CapacityError|insufficient capacity|unable to provision requested ML compute",
        "AWS has no instance of this type left at the moment.",
        "Try later, or name more instance types. " + RETRY_OR_DROP,
    ),
    known_failure(
        "`did not pass the ping health check`",
        r"did not pass the ping health check",
        "The serving container started but never became healthy.",
        "Read the log lines: the model could not be loaded, or needs more memory or time than it has. Raise the "
        "endpoint's memory, or correct code/inference.py and code/requirements.txt. "
        + AGAIN,
    ),
    known_failure(
        "`the endpoint does not answer yet`",
        r"the endpoint does not answer yet",
        "The endpoint is in service, but its model never answered in the 60 seconds that SageMaker gives an answer.",
        "Raise the memory of the serverless endpoint (a share of a processor comes with it), choose mode: realtime "
        "with a larger instance type, or train from a smaller base model. " + AGAIN,
    ),
    known_failure(
        "`CannotPullContainerError`, an image that does not exist",
        r"CannotPullContainer|image .{0,200}(does not exist|not found|not permitted)|repository .{0,200}does not exist",
        "The container image could not be pulled.",
        "Check the TrainingImage and ServingImage parameters of the stack, and that the role may read the repository. "
        "Deploy the stack again. " + RETRY,
    ),
    known_failure(
        "`not authorized to perform: iam:PassRole`",
        r"iam:PassRole",
        "A function may not hand SageMaker its role.",
        "Deploy the stack again unchanged: its functions' roles allow iam:PassRole for the SageMaker role only. "
        + RETRY,
    ),
    known_failure(
        "`Could not assume role`",
        r"could not assume role|cannot be assumed|unable to assume|not authorized to assume",
        "SageMaker could not take its role.",
        "A role made a minute ago may not be visible yet; where it is older, deploy the stack again. "
        + RETRY,
    ),
    known_failure(
        "`AccessDenied`, `not authorized to perform: …`",
        r"AccessDenied|not authorized to perform",
        "AWS denied access.",
        "Deploy the stack again unchanged; if the account has service control policies, allow this action in them. "
        + RETRY,
    ),
    known_failure(
        "`Data download failed`, `NoSuchKey`",
        r"Failed to download (model )?data|Data download failed|Access denied .{0,80}S3|NoSuchKey|NoSuchBucket",
        "Data or model could not be read from S3.",
        "Check that the files under datasets/ and models/ were not removed during the run. "
        + AGAIN,
    ),
    known_failure(
        "`ThrottlingException`, `Rate exceeded`",
        r"Throttling|Rate exceeded|TooManyRequests",
        "AWS answered that there were too many requests, again and again.",
        "Wait some minutes. " + RETRY,
    ),
)

REFUSED = Fact(
    "no job; refusals under `training.tries`",
    "No training instance was to be had: {what}.",
    "Ask for a higher quota under Service Quotas, Amazon SageMaker ('<type> for spot training job usage', or "
    "'for training job usage' without spot), or name other types under compute.instance_types in traindrop.yaml. "
    + RETRY_OR_DROP,
)
BUDGET = Fact(
    "`budget_refusal` of the run",
    "The training was not started, as it does not fit a budget: {what}",
    "The remedy names the budget: raise it, lower compute.max_runtime_seconds or name cheaper types under "
    "compute.instance_types in traindrop.yaml, or wait for the next month. "
    + RETRY_OR_DROP,
)
QUOTA = Fact(
    "`quota_refusal` of the run",
    "The training was not started, as its model could not be deployed: {what}",
    "Ask for more of the quota that the cause names, or make the endpoint smaller: the remedy says what by. "
    + RETRY_OR_DROP,
)
TIME_LIMIT = Fact(
    "the job's phase is `MaxRuntimeExceeded`",
    "The training job reached its time limit and was stopped.",
    "Set a larger max_runtime_seconds, fewer epochs or a faster instance type, or give it as long once more. "
    + RETRY_OR_DROP,
)
SPOT_WAIT = Fact(
    "the job's phase is `MaxWaitTimeExceeded`",
    "The training job waited too long for spot capacity and was stopped.",
    "Set spot: false, or a larger max_queue_hours, or try at another time. "
    + RETRY_OR_DROP,
)
STOPPED = Fact(
    "the job's status is `Stopped`",
    "The training job was stopped by someone.",
    RETRY,
)
STOP_REQUESTED = Fact(
    "`stop_requested_at` of the run",
    "Somebody asked the API to stop the run.",
    RETRY,
)
SCRIPT = Fact(
    "the log ends with any other exception",
    "The training script failed: {what}",
    READ_THE_LOG,
)
ROLLED_BACK = Fact(
    "the endpoint is in service, with the earlier model",
    "The new model did not come into service, and the endpoint went back to the earlier one: {what}",
    "Read the endpoint's log lines: the model could not be loaded, or needs more memory or time than it has.",
)
NOT_SWITCHED = Fact(
    "the endpoint is in service, with the earlier model, and the new one had been verified",
    "The new model was verified on an endpoint of its own, but the model's endpoint did not go over to it and serves "
    "the earlier one as before: {what}",
    "The model itself is right. Read the endpoint's log lines; where they say nothing, AWS could not start it a second "
    "time. " + RETRY,
)
DIFFERENCE = Fact(
    "a verification row is answered otherwise",
    "The endpoint does not answer as the model did in training: {what}.",
    "Check that the training and serving images hold the same versions, and code/inference.py if you gave one.",
)
TIMED_OUT = Fact(
    "`States.Timeout`, `Task timed out`",
    "The function of the step {what} ran out of time.",
    f"{RETRY} If it happens again, give the function a longer Timeout.",
)
INTERRUPTED = Fact(
    "the workflow was aborted, or the local cloud was stopped",
    "{what}.",
    RETRY,
)
FACTS = (
    BUDGET,
    QUOTA,
    REFUSED,
    TIME_LIMIT,
    SPOT_WAIT,
    STOPPED,
    STOP_REQUESTED,
    ROLLED_BACK,
    NOT_SWITCHED,
    DIFFERENCE,
    TIMED_OUT,
    INTERRUPTED,
    SCRIPT,
)
RECOGNISED: tuple[KnownFailure, ...] = (*KNOWN_FAILURES, *FROM_AWS)
"""The first that knows a text counts."""
