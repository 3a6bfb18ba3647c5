"""Where things lie: keys in the data bucket, file names, channels of the training job, paths in the containers."""

from __future__ import annotations

from pathlib import Path

# Files ---------------------------------------------------------------------------------------------------------------

SPEC = "spec.json"
PROFILE = "profile.json"
EVALUATION = "evaluation.json"
VERIFICATION = "verification.json"
REPORT = "report.html"
MODEL_CARD = "README.md"
MISTAKES = "mistakes.csv"
"""Every held-out row that is answered wrong, for people."""
LABEL_ERRORS = "label_errors.csv"
"""Held-out rows whose labels are likely wrong, for people to correct."""
ROWS = "rows.jsonl"
"""One file, or several whose names have a number: see `numbered`."""
ROW_SOURCES = "sources.csv"
"""Beside the held-out rows: the file and the row of the drop that each comes from."""
SEEN_ROWS = "seen-rows.bin"
"""Hashes of the rows that a model learnt and of those held out from it, so that later drops hold out the same."""
MODEL_ARCHIVE = "model.tar.gz"
MODEL_CONFIG = "config.json"
"""The model's configuration, as transformers writes it."""
OUTPUT_ARCHIVE = "output.tar.gz"
SOURCE_ARCHIVE = "sourcedir.tar.gz"

# A drop's own code, below its folder; in a model archive it lies under the same names where it has no requirements.
CODE_FOLDER = "code"
CODE_PREFIX = f"{CODE_FOLDER}/"
INFERENCE_SCRIPT = "inference.py"
TRAINING_SCRIPT = "train.py"
REQUIREMENTS = "requirements.txt"
PACKED_REQUIREMENTS = "traindrop-requirements.txt"
"""The name in a model archive: the container's toolkit installs the other into its own packages when it starts."""
PACKED_PACKAGE = "traindrop"
"""What the serving code is called as a package of a model archive; users' scripts import `traindrop.hooks`."""
PACKED_SCRIPT = "drop_inference.py"
"""The name that a drop's `inference.py` has in an archive with requirements: they are installed before its import."""

# Keys in the data bucket ---------------------------------------------------------------------------------------------

DATASETS = "datasets/"
RUNS = "runs/"
CHECKPOINTS = "checkpoints/"
OUTPUTS = "outputs/"
MODELS = "models/"
BASE_MODELS = "base-models/"
SOURCES = "code/"
BATCHES = "batches/"
PREDICTIONS = "predictions/"


def drop_prefix(model: str) -> str:
    """Where the files of a model's drop are uploaded."""
    return f"{DATASETS}{model}/"


def run_prefix(run: str) -> str:
    """What Inspect and the training job leave of a run; a lifecycle rule removes it."""
    return f"{RUNS}{run}/"


def spec_key(run: str) -> str:
    return f"{run_prefix(run)}{SPEC}"


def profile_key(run: str) -> str:
    return f"{run_prefix(run)}{PROFILE}"


def data_prefix(run: str) -> str:
    return f"{run_prefix(run)}data/"


def channel_prefix(run: str, channel: str) -> str:
    """The data of one channel: a split's rows, or files of a training script as they were dropped."""
    return f"{data_prefix(run)}{channel}/"


def rows_key(run: str, split: str, shard: int | None = None) -> str:
    """`shard`: of a drop whose rows were written in shards, one file of them each."""
    return f"{channel_prefix(run, split)}{numbered(ROWS, shard)}"


def row_sources_key(run: str, shard: int | None = None) -> str:
    return f"{channel_prefix(run, TEST_CHANNEL)}{numbered(ROW_SOURCES, shard)}"


def numbered(name: str, number: int | None) -> str:
    """`rows-00017.jsonl`: files of one table, whose names sort in the order of their rows."""
    if number is None:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number:05}{dot}{ending}"


def row_files(channel: Path, name: str = ROWS) -> list[Path]:
    """The files of a channel's rows in the order of the rows: one, or several with numbers."""
    stem, _, ending = name.rpartition(".")
    return sorted([*channel.glob(name), *channel.glob(f"{stem}-*.{ending}")])


def seen_rows_key(run: str) -> str:
    return f"{run_prefix(run)}{SEEN_ROWS}"


def kept_seen_rows_key(run: str) -> str:
    """Its copy, which lasts as long as the release."""
    return document_key(run, SEEN_ROWS)


def code_prefix(run: str) -> str:
    """The drop's own code, copied so that no later upload can change it."""
    return f"{run_prefix(run)}{CODE_PREFIX}"


def checkpoints_prefix(run: str) -> str:
    """Apart from the run's other objects: a lifecycle rule of S3 goes by the beginning of a key."""
    return f"{CHECKPOINTS}{run}/"


def outputs_prefix(run: str) -> str:
    """What the run's training jobs leave, and nobody trusts. A job's output path is this without the slash."""
    return f"{OUTPUTS}{run}/"


def model_prefix(run: str) -> str:
    """What is kept as long as the release. Only functions write here, no job and no endpoint."""
    return f"{MODELS}{run}/"


def document_key(run: str, name: str) -> str:
    """A document beside the model, such as `EVALUATION` or `REPORT`, where others than the job read it."""
    return f"{model_prefix(run)}{name}"


def release_archive_key(run: str) -> str:
    """The archive that the run's endpoint serves."""
    return document_key(run, MODEL_ARCHIVE)


def kept_spec_key(run: str) -> str:
    """The spec's copy, for a release outlives what Inspect left."""
    return document_key(run, SPEC)


def trained_archive_key(run: str, job: str) -> str:
    """The archive as the job left it."""
    return f"{_output_prefix(run, job)}{MODEL_ARCHIVE}"


def output_archive_key(run: str, job: str) -> str:
    """The archive of the job's output directory: evaluation, verification, report and model card."""
    return f"{_output_prefix(run, job)}{OUTPUT_ARCHIVE}"


def _output_prefix(run: str, job: str) -> str:
    """SageMaker appends job and `output` to the output path."""
    return f"{outputs_prefix(run)}{job}/output/"


def mirror_prefix(model_id: str) -> str:
    """A mirror of a base model of the Hub, which is used where it exists."""
    return f"{BASE_MODELS}{model_id}/"


def source_key(digest: str) -> str:
    """The training source that a job runs."""
    return f"{SOURCES}{digest}/{SOURCE_ARCHIVE}"


def predictions_prefix(run: str) -> str:
    """Requests that the run's asynchronous endpoint was sent, and its answers; a lifecycle rule removes them."""
    return f"{PREDICTIONS}{run}/"


def prediction_requests_prefix(run: str) -> str:
    return f"{predictions_prefix(run)}requests/"


def prediction_request_key(run: str, prediction: str) -> str:
    return f"{prediction_requests_prefix(run)}{prediction}.json"


def prediction_key(run: str, prediction: str) -> str:
    """The record of a request that was queued: `contracts.queued_prediction`."""
    return f"{predictions_prefix(run)}queued/{prediction}.json"


def prediction_answers_prefix(run: str) -> str:
    """SageMaker writes answers here, under names of its own."""
    return f"{predictions_prefix(run)}answers/"


def prediction_failures_prefix(run: str) -> str:
    """SageMaker writes here why a request has no answer."""
    return f"{predictions_prefix(run)}failures/"


def batch_prefix(batch: str) -> str:
    """What belongs to one batch; a lifecycle rule removes it."""
    return f"{BATCHES}{batch}/"


def batch_upload_key(batch: str) -> str:
    """Where a caller uploads the file with the rows."""
    return f"{batch_prefix(batch)}input"


def batch_requests_prefix(batch: str) -> str:
    """The requests of its rows, in shards."""
    return f"{batch_prefix(batch)}requests/"


def batch_answers_prefix(batch: str) -> str:
    """What its transform jobs write. A job's output path is this without the slash."""
    return f"{batch_prefix(batch)}answers/"


def batch_manifest_key(batch: str, job: int) -> str:
    """The list of the shards that a job answers."""
    return f"{batch_manifests_prefix(batch)}{job:05}.json"


def batch_manifests_prefix(batch: str) -> str:
    return f"{batch_prefix(batch)}manifests/"


def batch_refused_rows_key(batch: str) -> str:
    """The rows that no model is asked, with the reason."""
    return f"{batch_prefix(batch)}refused.jsonl"


def batch_failed_request_key(batch: str, number: int) -> str:
    """Why the model gave no answer to one request."""
    return f"{batch_failures_prefix(batch)}{number:09}.json"


def batch_failures_prefix(batch: str) -> str:
    return f"{batch_prefix(batch)}failures/"


def batch_result_key(batch: str, ending: str) -> str:
    return f"{batch_prefix(batch)}result.{ending}"


# Paths of the API ---------------------------------------------------------------------------------------------------

CONSOLE_PATH = "/console"
"""Below the API's URL: the console's pages."""

# Channels of the training job ----------------------------------------------------------------------------------------

TRAIN_CHANNEL = "train"
VALIDATION_CHANNEL = "validation"
TEST_CHANNEL = "test"
SPEC_CHANNEL = "spec"
CODE_CHANNEL = "code"
BASE_MODEL_CHANNEL = "base"
CHAMPION_CHANNEL = "champion"
SPLITS = (TRAIN_CHANNEL, VALIDATION_CHANNEL, TEST_CHANNEL)
RESERVED_CHANNELS = frozenset({CODE_CHANNEL, SPEC_CHANNEL, BASE_MODEL_CHANNEL})
"""Names that the folders of a drop with a training script cannot have, and channels that the script is not shown."""

# Paths in the containers ---------------------------------------------------------------------------------------------

CONTAINER_ROOT = "/opt/ml"
MODEL_DIRECTORY = "/opt/ml/model"
SUBMIT_DIRECTORY = "/opt/ml/model/code"
CHECKPOINT_DIRECTORY = "/opt/ml/checkpoints"
CHECKPOINTS_NAME = "checkpoints"
FAILURE_NAME = "failure"
"""The file in the output directory that AWS shows as FailureReason."""
