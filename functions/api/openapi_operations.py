"""What the OpenAPI document says of each route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HTML, MARKDOWN, CSV = "text/html", "text/markdown", "text/csv"
JSON, EVENTS = "application/json", "text/event-stream"


@dataclass(frozen=True)
class Operation:
    """`schema` is a component's name, of every answer in JSON; `body` that of the request."""

    id: str
    tag: str
    summary: str
    schema: str | None = None
    statuses: tuple[int, ...] = (200,)
    media: str = JSON
    body: str | None = None
    needs_body: bool = False
    accepted: str | None = None
    """The component of an answer with 202, where that is another."""
    streams: bool = False
    """Whether `"stream": true` of the body makes the answer a stream of events."""


STATUS_TEXTS = {
    200: "Done.",
    201: "Created.",
    202: "Accepted: it goes on.",
    303: "The answer is too large for the API: `Location` is a link to it, which needs no key.",
}
PREDICTIONS, MODELS, RUNS = "Predictions", "Models", "Runs"
BATCHES, RELEASES, STACK, OPENAI = "Batches", "Releases", "Stack", "OpenAI"
DROPS = "Drops"

_RUN_OR_ACCEPTED = (200, 202)

OPERATIONS: Mapping[str, Operation] = {
    "POST /models/<model>/predict": Operation(
        "predict",
        PREDICTIONS,
        "Asks a live model; 202 of one that answers later. A model with code of its own takes what its code does.",
        "PredictionAnswer",
        (200, 202),
        accepted="QueuedPrediction",
        body="PredictionRequest",
        needs_body=True,
        streams=True,
    ),
    "GET /models/<model>/predictions/<prediction>": Operation(
        "showPrediction",
        PREDICTIONS,
        "The answer of a model that answers later; 202 while there is none.",
        "PredictionAnswer",
        (200, 202, 303),
        accepted="QueuedPrediction",
    ),
    "POST /models/<model>/uploads": Operation(
        "createUploads",
        DROPS,
        "Addresses for the files of a drop, for callers without credentials of AWS; the drop is trained.",
        "Uploads",
        (201,),
        body="UploadRequest",
        needs_body=True,
    ),
    "POST /models/<model>/batch": Operation(
        "createBatch",
        BATCHES,
        "Makes a batch: with `input` it starts (202), without it a link to upload the file is answered (201).",
        "Batch",
        (201, 202),
        body="BatchRequest",
    ),
    "GET /models/<model>/batch": Operation(
        "listBatches", BATCHES, "The model's batches, the newest first.", "Batches"
    ),
    "GET /models/<model>/batch/<batch>": Operation(
        "showBatch", BATCHES, "Progress, costs and the result's link.", "Batch"
    ),
    "POST /models/<model>/batch/<batch>/start": Operation(
        "startBatch", BATCHES, "Starts a batch, or goes on with it.", "Batch", (202,)
    ),
    "POST /models/<model>/batch/<batch>/stop": Operation(
        "stopBatch", BATCHES, "Stops a batch; its answers stay.", "Batch"
    ),
    "DELETE /models/<model>/batch/<batch>": Operation(
        "deleteBatch", BATCHES, "Removes a batch with its files.", "DeletedBatch"
    ),
    "GET /models": Operation("listModels", MODELS, "Every model.", "Models"),
    "GET /models/<model>": Operation(
        "showModel", MODELS, "Task, labels, metrics, status, an example.", "Model"
    ),
    "DELETE /models/<model>/endpoint": Operation(
        "deleteEndpoint",
        MODELS,
        "Removes the endpoint, its configs and models.",
        "RemovedEndpoint",
    ),
    "POST /models/<model>/sleep": Operation(
        "sleep", MODELS, "Deletes a realtime endpoint until it is needed.", "Model"
    ),
    "POST /models/<model>/wake": Operation(
        "wake", MODELS, "Has a sleeping endpoint made.", "Waking", _RUN_OR_ACCEPTED
    ),
    "DELETE /models/<model>": Operation(
        "deleteModel", MODELS, "Removes a model with its drop.", "DeletedModel"
    ),
    "GET /models/<model>/releases": Operation(
        "listReleases",
        RELEASES,
        "Every run that is, was or could be live, the newest first.",
        "Releases",
    ),
    "POST /models/<model>/rollback": Operation(
        "rollBack",
        RELEASES,
        "Puts the release before live again, or the one that is named.",
        "Run",
        _RUN_OR_ACCEPTED,
        body="RollbackRequest",
    ),
    "POST /models/<model>/promote": Operation(
        "promote",
        RELEASES,
        "Puts a release live, also one that was kept back.",
        "Run",
        _RUN_OR_ACCEPTED,
        body="ReleaseRequest",
        needs_body=True,
    ),
    "DELETE /models/<model>/releases/<run>": Operation(
        "deleteRelease", RELEASES, "Removes an earlier release.", "Run"
    ),
    "POST /v1/chat/completions": Operation(
        "createChatCompletion",
        OPENAI,
        "A chat, as OpenAI's API answers it.",
        "PredictionAnswer",
        body="ChatRequest",
        needs_body=True,
        streams=True,
    ),
    "POST /v1/completions": Operation(
        "createCompletion",
        OPENAI,
        "A text that is continued, as OpenAI's API answers it.",
        "PredictionAnswer",
        body="CompletionRequest",
        needs_body=True,
        streams=True,
    ),
    "GET /v1/models": Operation(
        "listWriters",
        OPENAI,
        "The live models that write texts, as OpenAI's API lists models.",
        "Writers",
    ),
    "GET /openapi.json": Operation(
        "describe", STACK, "This document, with the models that are live."
    ),
    "GET /costs": Operation(
        "showCosts", STACK, "What a month has cost, and what bills now.", "MonthCosts"
    ),
    "GET /runs": Operation("listRuns", RUNS, "Runs, the newest first.", "Runs"),
    "GET /runs/<run>": Operation(
        "showRun", RUNS, "Every step, progress, metrics, a failure's cause.", "Run"
    ),
    "POST /runs/<run>/retry": Operation(
        "retryRun", RUNS, "Goes on with a failed or stopped run.", "Run", (202,)
    ),
    "POST /runs/<run>/stop": Operation(
        "stopRun", RUNS, "Stops a run at any step.", "Run", _RUN_OR_ACCEPTED
    ),
    "POST /runs/<run>/approve": Operation(
        "approveRun",
        RELEASES,
        "Puts a run live that waits for approval.",
        "Run",
        _RUN_OR_ACCEPTED,
        body="RollbackRequest",
    ),
    "POST /runs/<run>/reject": Operation(
        "rejectRun", RELEASES, "Leaves a run kept back that waits.", "Run"
    ),
    "DELETE /runs/<run>/data": Operation(
        "deleteData", RUNS, "Removes the rows of a run.", "Run"
    ),
    "GET /runs/<run>/log": Operation(
        "showLog",
        RUNS,
        "The last lines of a training job's log, and its points.",
        "Log",
    ),
    "GET /runs/<run>/evaluation": Operation(
        "showEvaluation",
        RUNS,
        "What the job measured: docs/evaluation.schema.json describes it.",
        "Evaluation",
    ),
    "GET /runs/<run>/report": Operation(
        "showReport", RUNS, "The report on the training, a page.", media=HTML
    ),
    "GET /runs/<run>/card": Operation(
        "showCard", RUNS, "The model card.", media=MARKDOWN
    ),
    "GET /runs/<run>/mistakes": Operation(
        "showMistakes", RUNS, "Held-out rows answered wrong.", media=CSV
    ),
    "GET /runs/<run>/label_errors": Operation(
        "showLabelErrors", RUNS, "Rows whose labels may be wrong.", media=CSV
    ),
}
"""By method and path of `functions.api.routes.ROUTES`."""
