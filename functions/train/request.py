"""The request of a training job, from a run's spec."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from contracts import locations
from contracts.environment import JobVariable
from contracts.metric_lines import metric_definitions, trainer_definitions
from contracts.run_record import RunRecord
from contracts.spec import Compute, Spec
from functions.common.hub_variables import HubVariable
from functions.common.limits import HYPERPARAMETERS, VALUE_CHARACTERS
from functions.common.tags import as_list, tags
from tasks import get_task

MAX_WAIT_SECONDS = 28 * 86_400
_SHELL_WORD = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_SEVERAL_GPUS = re.compile(
    r"ml\.(g\d\w*\.(12|24|48)xlarge|p2\.(8|16)xlarge|p3\.(8|16)xlarge|p3dn\.24xlarge|p4de?\.24xlarge"
    r"|p5\w*\.48xlarge|p6\S*\.\d+xlarge)"
)
"""Types with more than one GPU. Where this is wrong the job has one process on one GPU, as it would have had anyway."""


@dataclass(frozen=True)
class ChampionArchive:
    """The run that is live, and the key of its archive, to be compared with on the new run's held-out rows."""

    run: str
    archive: str = ""
    reason: str = ""
    """Where there is no archive to compare with: a clause on why, for the job to pass on."""


def champion_archive(champion: RunRecord | None, spec: Spec) -> ChampionArchive | None:
    """`champion` is the record of the run that is live. A script judges its model itself, so it needs no champion."""
    if champion is None or spec.script or not spec.task:
        return None
    run = champion.run
    if champion.task != spec.task:
        reason = (
            f"it is of another task, {champion.task}"
            if champion.task
            else "its task is not known"
        )
        return ChampionArchive(run, reason=reason)
    if champion.archive is None:
        return ChampionArchive(run, reason="its archive is not known")
    return ChampionArchive(run, champion.archive.key)


@dataclass(frozen=True)
class JobEnvironment:
    """Where a job runs and reads from, apart from its spec. `bucket` is a name, `source` a key in it."""

    stack: str
    bucket: str
    region: str
    role_arn: str
    image: str
    source: str
    base_model: str | None
    """Key prefix of the mirrored base model, if there is one."""
    hub_endpoint: str = ""
    """Where base models come from that are not mirrored; empty for the public Hub."""
    champion: ChampionArchive | None = None

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"


def hyperparameters(
    spec: Spec, environment: JobEnvironment, instance_type: str
) -> dict[str, str]:
    """What the toolkit needs, and those of the spec's hyperparameters that it passes on unharmed.

    The job reads the spec; these are what SageMaker's console shows. The toolkit of the training image joins the
    arguments for a shell without quotes, so any other text would be split or run before the job starts.
    """
    texts = {
        "sagemaker_program": locations.TRAINING_SCRIPT,
        "sagemaker_submit_directory": environment.uri(environment.source),
        "sagemaker_region": environment.region,
    }
    if _SEVERAL_GPUS.fullmatch(instance_type) and not spec.script:
        # A process for each GPU, by torchrun; a script of the user's starts its own.
        texts["sagemaker_torch_distributed_enabled"] = "true"
    for name, value in spec.hyperparameters.items():
        text = _as_text(value)
        has_room = len(texts) < HYPERPARAMETERS
        if value is not None and has_room and _is_unharmed(name) and _is_unharmed(text):
            texts.setdefault(name, text)
    return texts


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_unharmed(text: str) -> bool:
    """Whether a shell reads exactly one word, the text itself, and SageMaker takes it."""
    return bool(_SHELL_WORD.fullmatch(text)) and len(text) <= VALUE_CHARACTERS


def channels(spec: Spec, environment: JobEnvironment) -> list[dict[str, Any]]:
    return [
        _channel(name, environment.uri(prefix))
        for name, prefix in _channel_prefixes(spec, environment).items()
    ]


def _channel_prefixes(spec: Spec, environment: JobEnvironment) -> dict[str, str]:
    """Channel -> the key or key prefix that it holds."""
    names = (
        spec.data.channels
        if spec.script
        else [split for split, rows in spec.data.rows.items() if rows]
    )
    prefixes = {name: locations.channel_prefix(spec.run, name) for name in names}
    prefixes[locations.SPEC_CHANNEL] = locations.spec_key(spec.run)
    if spec.code:
        prefixes[locations.CODE_CHANNEL] = locations.code_prefix(spec.run)
    if environment.base_model:
        prefixes[locations.BASE_MODEL_CHANNEL] = environment.base_model
    if environment.champion and environment.champion.archive:
        prefixes[locations.CHAMPION_CHANNEL] = environment.champion.archive
    return prefixes


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "ChannelName": name,
        "InputMode": "File",
        "DataSource": {"S3DataSource": source},
    }


def _stopping_condition(compute: Compute) -> dict[str, int]:
    if not compute.spot:
        return {"MaxRuntimeInSeconds": compute.max_runtime_seconds}
    wait_seconds = compute.max_runtime_seconds + int(compute.max_queue_hours * 3600)
    return {
        "MaxRuntimeInSeconds": compute.max_runtime_seconds,
        "MaxWaitTimeInSeconds": min(wait_seconds, MAX_WAIT_SECONDS),
    }


def _metrics(spec: Spec) -> list[dict[str, str]]:
    """The lines that Traindrop's training prints; of a script of the user's, those that `Trainer` prints."""
    if spec.script:
        return trainer_definitions()
    task = get_task(spec.task, spec.variant)
    return metric_definitions(
        [*task.progress, *(f"eval_{metric}" for metric in task.metrics)]
    )


def _job_variables(environment: JobEnvironment) -> dict[str, str]:
    variables: dict[str, str] = {
        "PYTHONUNBUFFERED": "1",
        HubVariable.DISABLE_TELEMETRY: "1",
    }
    if environment.base_model:
        variables[HubVariable.OFFLINE] = "1"
    if environment.hub_endpoint:
        variables[HubVariable.ENDPOINT] = environment.hub_endpoint
    champion = environment.champion
    if champion:
        variables[JobVariable.CHAMPION] = champion.run
    if champion and champion.reason:
        variables[JobVariable.CHAMPION_REASON] = champion.reason
    return variables


def training_request(
    spec: Spec, environment: JobEnvironment, job: str, instance_type: str
) -> dict[str, Any]:
    """`CreateTrainingJob` for this spec on this type."""
    compute = spec.compute
    return {
        "TrainingJobName": job,
        "RoleArn": environment.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": environment.image,
            "TrainingInputMode": "File",
            "MetricDefinitions": _metrics(spec),
        },
        "HyperParameters": hyperparameters(spec, environment, instance_type),
        "InputDataConfig": channels(spec, environment),
        "OutputDataConfig": {
            "S3OutputPath": environment.uri(
                locations.outputs_prefix(spec.run).rstrip("/")
            )
        },
        "CheckpointConfig": {
            "S3Uri": environment.uri(locations.checkpoints_prefix(spec.run))
        },
        "ResourceConfig": {
            "InstanceType": instance_type,
            "InstanceCount": compute.instance_count,
            "VolumeSizeInGB": compute.volume_gb,
        },
        "StoppingCondition": _stopping_condition(compute),
        "EnableManagedSpotTraining": compute.spot,
        "Environment": _job_variables(environment),
        "SessionChainingConfig": {"EnableSessionTagChaining": True},
        "Tags": as_list(tags(environment.stack, spec.model, spec.run)),
    }
