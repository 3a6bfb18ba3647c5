"""The request of a training job, from a run's spec."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.metric_lines import metric_definitions, trainer_definitions
from functions.common.limits import HYPERPARAMETERS, VALUE_CHARACTERS
from functions.common.tags import as_list, tags
from tasks import get_task

MAX_WAIT_SECONDS = 28 * 86_400
_SEVERAL_GPUS = re.compile(
    r"ml\.(g\d\w*\.(12|24|48)xlarge|p2\.(8|16)xlarge|p3\.(8|16)xlarge|p3dn\.24xlarge|p4de?\.24xlarge"
    r"|p5\w*\.48xlarge|p6\S*\.\d+xlarge)"
)
"""Types with more than one GPU. Where this is wrong the job has one process on one GPU, as it would have had anyway."""


class HyperparameterError(ValueError):
    """SageMaker would not take the hyperparameters."""


@dataclass(frozen=True)
class Rival:
    """The run that is live, and the key of its archive, for the contest on the new run's held-out rows."""

    run: str
    archive: str = ""
    reason: str = ""
    """Where there is no archive to compare with: a clause on why, for the job to pass on."""


def rival_of(champion: Mapping[str, Any] | None, spec: Mapping[str, Any]) -> Rival | None:
    """`champion` is the record of the run that is live; a script judges its model itself, so it has none."""
    if champion is None or spec.get("script") or not spec["task"]:
        return None
    run, job = champion["run"], (champion.get("training") or {}).get("job")
    if (task := champion.get("task")) != spec["task"]:
        return Rival(run, reason=f"it is of another task, {task}" if task else "its task is not known")
    return Rival(run, f"models/{run}/{job}/output/model.tar.gz" if job else f"models/{run}/model.tar.gz")


@dataclass(frozen=True)
class Site:
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
    champion: Rival | None = None


def hyperparameters(spec: Mapping[str, Any], site: Site, instance_type: str) -> dict[str, str]:
    """Strings as they are, everything else as JSON: what the SageMaker toolkit reads back."""
    given = {name: _as_text(value) for name, value in spec["hyperparameters"].items() if value is not None}
    given |= {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": f"s3://{site.bucket}/{site.source}",
        "sagemaker_region": site.region,
    }
    if _SEVERAL_GPUS.fullmatch(instance_type) and not spec.get("script"):
        # A process for each GPU, by torchrun; a script of the user's starts its own.
        given["sagemaker_torch_distributed_enabled"] = "true"
    if len(given) > HYPERPARAMETERS:
        raise HyperparameterError(f"expected at most {HYPERPARAMETERS} hyperparameters; found {len(given)}")
    for name, value in given.items():
        if len(value) > VALUE_CHARACTERS:
            raise HyperparameterError(
                f"hyperparameter {name!r}: expected at most {VALUE_CHARACTERS} characters; found {len(value)}"
            )
    return given


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def channels(spec: Mapping[str, Any], site: Site) -> list[dict[str, Any]]:
    run = f"runs/{spec['run']}"
    data = spec["data"]
    names = data["channels"] if spec.get("script") else [split for split, rows in data["rows"].items() if rows]
    prefixes = {name: f"{run}/data/{name}/" for name in names}
    prefixes["spec"] = f"{run}/spec.json"
    if spec.get("code"):
        prefixes["code"] = f"{run}/code/"
    if site.base_model:
        prefixes["base"] = site.base_model
    if site.champion and site.champion.archive:
        prefixes["champion"] = site.champion.archive
    return [
        {
            "ChannelName": name,
            "InputMode": "File",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://{site.bucket}/{prefix}",
                    "S3DataDistributionType": "FullyReplicated",
                }
            },
        }
        for name, prefix in prefixes.items()
    ]


def _stopping(compute: Mapping[str, Any]) -> dict[str, int]:
    runtime = int(compute["max_runtime_seconds"])
    if not compute["spot"]:
        return {"MaxRuntimeInSeconds": runtime}
    wait = runtime + int(compute["max_queue_hours"] * 3600)
    return {"MaxRuntimeInSeconds": runtime, "MaxWaitTimeInSeconds": min(wait, MAX_WAIT_SECONDS)}


def _metrics(spec: Mapping[str, Any]) -> list[dict[str, str]]:
    """The lines that Traindrop's training prints; of a script of the user's, those that `Trainer` prints."""
    if spec.get("script"):
        return trainer_definitions()
    task = get_task(spec["task"], spec.get("variant", ""))
    return metric_definitions([*task.progress, *(f"eval_{metric}" for metric in task.metrics)])


def _told_of(rival: Rival | None) -> dict[str, str]:
    told = {"TRAINDROP_CHAMPION": rival.run, "TRAINDROP_CHAMPION_REASON": rival.reason} if rival else {}
    return {name: value for name, value in told.items() if value}


def training_request(spec: Mapping[str, Any], site: Site, job: str, instance_type: str) -> dict[str, Any]:
    """`CreateTrainingJob` for this spec on this type."""
    compute = spec["compute"]
    return {
        "TrainingJobName": job,
        "RoleArn": site.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": site.image,
            "TrainingInputMode": "File",
            "MetricDefinitions": _metrics(spec),
        },
        "HyperParameters": hyperparameters(spec, site, instance_type),
        "InputDataConfig": channels(spec, site),
        "OutputDataConfig": {"S3OutputPath": f"s3://{site.bucket}/models/{spec['run']}"},
        "CheckpointConfig": {"S3Uri": f"s3://{site.bucket}/runs/{spec['run']}/checkpoints/"},
        "ResourceConfig": {
            "InstanceType": instance_type,
            "InstanceCount": int(compute["instance_count"]),
            "VolumeSizeInGB": int(compute["volume_gb"]),
        },
        "StoppingCondition": _stopping(compute),
        "EnableManagedSpotTraining": bool(compute["spot"]),
        "Environment": {"PYTHONUNBUFFERED": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        | ({"HF_HUB_OFFLINE": "1"} if site.base_model else {})
        | ({"HF_ENDPOINT": site.hub_endpoint} if site.hub_endpoint else {})
        | _told_of(site.champion),
        "Tags": as_list(tags(site.stack, spec["model"], spec["run"])),
    }
