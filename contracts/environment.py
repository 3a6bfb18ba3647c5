"""Names of the environment variables that one room sets and another reads.

Variables that only a library reads, such as those of huggingface_hub, are not among them.
"""

from __future__ import annotations

from enum import StrEnum


class FunctionVariable(StrEnum):
    """The template sets them for the functions. A deployment mode names the variables of its own settings itself."""

    STACK = "STACK"
    DATA_BUCKET = "DATA_BUCKET"
    LEDGER_TABLE = "LEDGER_TABLE"
    TOPIC_ARN = "TOPIC_ARN"
    STATE_MACHINE_ARN = "STATE_MACHINE_ARN"
    EXECUTION_ROLE_ARN = "EXECUTION_ROLE_ARN"
    ASYNC_ROLE_ARN = "ASYNC_ROLE_ARN"
    JOB_CREATION_ROLE_ARN = "JOB_CREATION_ROLE_ARN"
    TRAINING_IMAGE = "TRAINING_IMAGE"
    SERVING_IMAGE = "SERVING_IMAGE"
    SETTLE_SECONDS = "SETTLE_SECONDS"
    PARALLEL_INSPECT_MB = "PARALLEL_INSPECT_MB"
    BASE_MODEL = "BASE_MODEL"
    HUB_ENDPOINT = "HUB_ENDPOINT"
    TRAINING_INSTANCE_TYPES = "TRAINING_INSTANCE_TYPES"
    TRAINING_VOLUME_GB = "TRAINING_VOLUME_GB"
    USE_SPOT = "USE_SPOT"
    SPOT_WAIT_MINUTES = "SPOT_WAIT_MINUTES"
    ON_DEMAND_FALLBACK = "ON_DEMAND_FALLBACK"
    MAX_RUNTIME_SECONDS = "MAX_RUNTIME_SECONDS"
    MAX_QUEUE_HOURS = "MAX_QUEUE_HOURS"
    DEPLOYMENT_MODE = "DEPLOYMENT_MODE"
    MONTHLY_BUDGET = "MONTHLY_BUDGET"
    MIN_GAIN = "MIN_GAIN"
    APPROVAL = "APPROVAL"
    APPROVAL_DAYS = "APPROVAL_DAYS"
    KEPT_RELEASES = "KEPT_RELEASES"
    DRIFT_SAMPLE_PERCENT = "DRIFT_SAMPLE_PERCENT"
    API_URL = "API_URL"
    PREDICT_KEY_ID = "PREDICT_KEY_ID"
    READ_KEY_ID = "READ_KEY_ID"
    MANAGE_KEY_ID = "MANAGE_KEY_ID"
    BATCH_MACHINE_ARN = "BATCH_MACHINE_ARN"
    BATCH_INSTANCE_TYPE = "BATCH_INSTANCE_TYPE"
    BATCH_INSTANCE_COUNT = "BATCH_INSTANCE_COUNT"


class JobVariable(StrEnum):
    """Start training, or SageMaker's training toolkit, sets them for the training job."""

    CHAMPION = "TRAINDROP_CHAMPION"
    """The run that is live."""
    CHAMPION_REASON = "TRAINDROP_CHAMPION_REASON"
    """Why there is no archive of it to compare with: a clause."""
    MODEL_DIR = "SM_MODEL_DIR"
    OUTPUT_DATA_DIR = "SM_OUTPUT_DATA_DIR"
    OUTPUT_DIR = "SM_OUTPUT_DIR"
    MODULE_DIR = "SM_MODULE_DIR"
    HYPERPARAMETERS = "SM_HPS"
    """The hyperparameters of the request, a JSON object."""
    ARGUMENTS = "SM_USER_ARGS"
    """The arguments of the script, a JSON list."""
    TRAINING_ENVIRONMENT = "SM_TRAINING_ENV"
    """All of it once more, a JSON object."""
    CHANNELS = "SM_CHANNELS"
    """The names of the channels, a JSON list."""


CHANNEL_PREFIX = "SM_CHANNEL_"


def channel_variable(channel: str) -> str:
    """The variable with the folder of a channel."""
    return f"{CHANNEL_PREFIX}{channel.upper()}"


HYPERPARAMETER_PREFIX = "SM_HP_"


class ServingVariable(StrEnum):
    """Create model sets them for the serving container, or its operator does."""

    BACKEND = "TRAINDROP_ENGINE"
    STRICT = "TRAINDROP_STRICT"
    TASK = "HF_TASK"
    MODEL_ID = "HF_MODEL_ID"
    MODEL_REVISION = "HF_MODEL_REVISION"
    PROGRAM = "SAGEMAKER_PROGRAM"
    SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"
    RUN = "TRAINDROP_RUN"
    """Which run a container serves; only where its answers have to name it."""
    REGION = "SAGEMAKER_REGION"
    LOG_LEVEL = "SAGEMAKER_CONTAINER_LOG_LEVEL"
    BASE_DIR = "SAGEMAKER_BASE_DIR"
    BIND_TO_PORT = "SAGEMAKER_BIND_TO_PORT"
    WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"
    TIMEOUT = "SAGEMAKER_MODEL_SERVER_TIMEOUT"
    LIBC_TUNABLES = "GLIBC_TUNABLES"


HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""A value of `ServingVariable.LIBC_TUNABLES`: a process that starts with it gets memory in pages of 2 MB.

Every request reads a graph's weights anew, and in pages of 4 KB a virtual machine spends up to half of that time on
their addresses. The C library has it from release 2.35 on; others ignore it.
"""


class ShellVariable(StrEnum):
    """For a person's shell, in the examples that Traindrop prints."""

    BUCKET = "TRAINDROP_BUCKET"
    API_URL = "TRAINDROP_API_URL"
    API_KEY = "TRAINDROP_API_KEY"


LOCAL_STATE = "TRAINDROP_STATE"
"""The state folder of the local cloud; every process of it has the variable, and no process on AWS."""
