"""Every kind of problem that the API answers with: a stable name for programs, a title and what to do for people.

`docs/errors.md` and the gateway responses of `template.yaml` are made from here.
"""

from __future__ import annotations

from dataclasses import dataclass

URN = "urn:traindrop:problem:"


@dataclass(frozen=True)
class ProblemType:
    """`status` is of HTTP, `remedy` a sentence or two; both titles and remedies are the same at every occurrence."""

    status: int
    title: str
    remedy: str


PROBLEM_TYPES: dict[str, ProblemType] = {
    # ---- the call itself
    "empty_body": ProblemType(
        400,
        "The body is empty",
        "Send JSON, such as the example of GET /models/{model}.",
    ),
    "bad_json": ProblemType(
        400,
        "The body is not JSON in UTF-8",
        "`line` and `column` say where, when they are known.",
    ),
    "bad_request": ProblemType(
        400,
        "API Gateway cannot read the request",
        "Check the address, the headers and the encoding.",
    ),
    "wrong_api_key": ProblemType(
        403,
        "No API key of this stack",
        "Send one in the header x-api-key; `traindrop keys` lists them.",
    ),
    "missing_right": ProblemType(
        403,
        "The API key may not do this",
        "Use the key that the message names; `right` is what it needs.",
    ),
    "access_denied": ProblemType(
        403,
        "API Gateway does not let the request through",
        "Ask who runs the stack: a policy or a firewall in front of the API refused it.",
    ),
    "unknown_route": ProblemType(
        404,
        "There is no such path",
        "Use one of the paths that the message names.",
    ),
    "method_not_allowed": ProblemType(
        405,
        "The path does not take this method",
        "Use a method of the header `Allow`.",
    ),
    "body_too_large": ProblemType(
        413,
        "The body is too large",
        "Send fewer inputs at once, or a batch.",
    ),
    "answer_too_large": ProblemType(
        413,
        "The answer is too large",
        "Send fewer inputs at once, or ask for less of each.",
    ),
    "unsupported_media_type": ProblemType(
        415,
        "The body is of another media type",
        "Send application/json.",
    ),
    "unsupported_charset": ProblemType(
        415,
        "The body has another charset",
        "Encode it as UTF-8.",
    ),
    "invalid_request": ProblemType(
        422,
        "A part of the request is not what the call takes",
        "Correct `field`; the message says what was expected and what was found.",
    ),
    "too_many_requests": ProblemType(
        429,
        "Too many requests a second",
        "Wait for `Retry-After` seconds; ApiRateLimit and ApiBurstLimit of the stack are the limits.",
    ),
    "quota_exceeded": ProblemType(
        429,
        "Too many requests a day",
        "Ask again tomorrow, or raise the stack's ApiDailyQuota.",
    ),
    # ---- what is not there
    "unknown_model": ProblemType(
        404,
        "There is no such model",
        "`nearest` is the name that was probably meant; GET /models lists them.",
    ),
    "unknown_run": ProblemType(
        404,
        "There is no such run",
        "GET /runs lists the latest.",
    ),
    "unknown_prediction": ProblemType(
        404,
        "There is no such prediction",
        "Ask again: POST /models/{model}/predict. Answers of models that answer later expire with the run's data.",
    ),
    "unknown_batch": ProblemType(
        404,
        "There is no such batch",
        "GET /models/{model}/batch lists those of a model.",
    ),
    "no_report": ProblemType(
        404,
        "The run has no report",
        "The message says whether it will have one.",
    ),
    "no_card": ProblemType(
        404,
        "The run has no model card",
        "The message says whether it will have one.",
    ),
    "no_evaluation": ProblemType(
        404,
        "The run has no evaluation",
        "The message says whether it will have one.",
    ),
    "no_mistakes": ProblemType(
        404,
        "The run has no list of mistakes",
        "The message says whether it will have one.",
    ),
    "no_label_errors": ProblemType(
        404,
        "The run has no list of labels that may be wrong",
        "The message says whether it will have one.",
    ),
    # ---- models and endpoints
    "model_not_live": ProblemType(
        409,
        "The model is not live",
        "`run` is its last run, `state` that run's; GET /runs/{run} says why.",
    ),
    "model_busy": ProblemType(
        409,
        "Another run holds the model",
        "Wait until `run` has ended, or stop it.",
    ),
    "endpoint_busy": ProblemType(
        409,
        "The endpoint is changing",
        "Ask again in a minute.",
    ),
    "endpoint_gone": ProblemType(
        409,
        "The endpoint was deleted elsewhere",
        "DELETE /models/{model}/endpoint forgets it; then drop the data again, or roll back.",
    ),
    "endpoint_of_another": ProblemType(
        409,
        "The endpoint belongs to another stack",
        "Rename the model, or delete that endpoint.",
    ),
    "queue_would_be_lost": ProblemType(
        409,
        "The endpoint's queue would be lost",
        "Async endpoints do not sleep; delete the endpoint when nothing waits in its queue.",
    ),
    "nothing_to_sleep": ProblemType(
        409,
        "The model has no endpoint that could sleep",
        "Only realtime endpoints sleep; serverless ones cost nothing when idle.",
    ),
    "model_refused": ProblemType(
        422,
        "The model refused the request",
        "The message is the model server's; correct the inputs.",
    ),
    "model_error": ProblemType(
        502,
        "The model failed",
        "The message is the model server's; `model_status` is its status. Its log says more.",
    ),
    "model_waking": ProblemType(
        503,
        "The model is starting",
        "Ask again after `Retry-After` seconds.",
    ),
    "model_overloaded": ProblemType(
        503,
        "The model takes no more requests",
        "Ask again after `Retry-After` seconds, and send less at once.",
    ),
    "endpoint_not_serving": ProblemType(
        503,
        "The endpoint does not serve at this moment",
        "Ask again after `Retry-After` seconds.",
    ),
    "model_timeout": ProblemType(
        504,
        "The model did not answer in time",
        "Send fewer or shorter inputs at once, or a batch.",
    ),
    "prediction_lost": ProblemType(
        504,
        "The request was never answered",
        "Ask again; what waits six hours in the queue, or for an endpoint that is deleted, is dropped.",
    ),
    # ---- runs and releases
    "run_in_progress": ProblemType(
        409,
        "The run is in progress",
        "Wait until `run` has ended, or stop it.",
    ),
    "run_deploying": ProblemType(
        409,
        "A run is deploying to the endpoint",
        "Wait until `run` has ended.",
    ),
    "run_ended": ProblemType(
        409,
        "The run has ended",
        "There is nothing to stop.",
    ),
    "not_retriable": ProblemType(
        409,
        "The run cannot be retried",
        "The message says why; drop the data again.",
    ),
    "not_inspected": ProblemType(
        409,
        "The run ended before its data were accepted",
        "Correct the drop, and upload it again.",
    ),
    "data_removed": ProblemType(
        409,
        "The run's data have been removed",
        "Drop them again.",
    ),
    "still_ending": ProblemType(
        409,
        "The run is still ending",
        "Ask again after `Retry-After` seconds.",
    ),
    "still_being_removed": ProblemType(
        409,
        "The run is still being removed",
        "Ask again after `Retry-After` seconds.",
    ),
    "no_archive": ProblemType(
        409,
        "The run's archive is not there any more",
        "Retry or drop again: it has to be trained anew.",
    ),
    "release_is_live": ProblemType(
        409,
        "The release is live",
        "Put another release live first, or delete the endpoint.",
    ),
    "release_removed": ProblemType(
        409,
        "The release has been removed",
        "GET /models/{model}/releases lists what is there.",
    ),
    "run_of_another_model": ProblemType(
        409,
        "The run is another model's",
        "Call the model that the message names.",
    ),
    "not_released": ProblemType(
        409,
        "The run was never released",
        "Only runs of GET /models/{model}/releases can be put live.",
    ),
    "never_live": ProblemType(
        409,
        "The run was never live",
        "A rollback goes to a release that was live; promote puts any other live.",
    ),
    "no_earlier_release": ProblemType(
        409,
        "There is no earlier release",
        "GET /models/{model}/releases lists what is there.",
    ),
    "rolled_back_already": ProblemType(
        409,
        "The model was rolled back already",
        "Name the run to go further back.",
    ),
    "label_change": ProblemType(
        409,
        "The release has other labels than the live one",
        "`label_changes` lists them; send accept_label_change: true if callers are ready for them.",
    ),
    "no_approval_requested": ProblemType(
        409,
        "The run waits for no approval",
        "POST /models/{model}/promote puts a run live that was kept back.",
    ),
    "approved_already": ProblemType(
        409,
        "The run was approved already",
        "GET /runs/{run} says how far it is.",
    ),
    "approval_rejected": ProblemType(
        409,
        "The run was rejected",
        "POST /models/{model}/promote puts it live nevertheless.",
    ),
    "approval_expired": ProblemType(
        409,
        "The time for an approval is over",
        "POST /models/{model}/promote puts it live nevertheless.",
    ),
    "approval_outdated": ProblemType(
        409,
        "The live model has changed since the approval was requested",
        "POST /models/{model}/promote puts the run live nevertheless.",
    ),
    # ---- batches
    "batch_in_progress": ProblemType(
        409,
        "The batch is in progress",
        "Wait until it has ended, or stop it.",
    ),
    "batch_not_startable": ProblemType(
        409,
        "There is nothing to start",
        "`state` is the batch's.",
    ),
    "batch_not_in_progress": ProblemType(
        409,
        "There is nothing to stop",
        "`state` is the batch's.",
    ),
    "batch_stopping": ProblemType(
        409,
        "The batch's job is being stopped",
        "Ask again after `Retry-After` seconds.",
    ),
    "no_file": ProblemType(
        409,
        "The batch's file is not there",
        "Upload it to the address that the message names.",
    ),
    # ---- nobody's mistake
    "internal_error": ProblemType(
        500,
        "Traindrop could not answer",
        "Ask again; the log of the API's function has more under `request_id`.",
    ),
    "aws_unavailable": ProblemType(
        503,
        "AWS could not answer",
        "Ask again after `Retry-After` seconds.",
    ),
    "gateway_timeout": ProblemType(
        504,
        "There was no answer in 29 seconds",
        "Ask again; if it happens again, send fewer or shorter inputs at once.",
    ),
}


def type_uri(code: str) -> str:
    return URN + code


def instance_uri(request_id: str) -> str:
    """API Gateway's ids of requests are UUIDs."""
    return f"urn:uuid:{request_id}"


def openai_kind(status: int) -> str:
    """What OpenAI's API calls an error of this status; its clients show it."""
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"
