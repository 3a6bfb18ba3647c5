"""The environment the SageMaker training toolkit gives a script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.training import hyperparameters
from localcloud.sagemaker.training.job_files import (
    GROUP,
    HOST,
    JobPaths,
    channel_names,
    input_data_config,
    resource_config,
)

_LOG_LEVEL = 20
_TOOLKIT_PARAMETERS = {
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_region",
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_s3_output",
}


@dataclass(frozen=True)
class Machine:
    """What the job may use."""

    cpus: int
    gpus: int


def toolkit_environment(job: Body, paths: JobPaths, machine: Machine, region: str) -> dict[str, str]:
    """`SM_*` and its companions."""
    values = _values(job, paths, machine)
    own, platform = hyperparameters.split(job.get("HyperParameters", {}))
    variables = {f"SM_{key.upper()}": to_text(value) for key, value in values.items()}
    variables |= {f"SM_HP_{key.upper()}": to_text(_local(paths, value)) for key, value in own.items()}
    variables |= {f"SM_CHANNEL_{name.upper()}": str(paths.channel(name)) for name in channel_names(job)}
    return variables | {
        "SAGEMAKER_BASE_DIR": str(paths.base),
        "SAGEMAKER_JOB_NAME": job["TrainingJobName"],
        "SAGEMAKER_REGION": str(platform.get("sagemaker_region", region)),
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
        "CURRENT_HOST": HOST,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "7777",
    }


def script_arguments(job: Body, paths: JobPaths) -> list[str]:
    own, _ = hyperparameters.split(job.get("HyperParameters", {}))
    return hyperparameters.arguments({key: _local(paths, value) for key, value in own.items()})


def to_text(value: Any) -> str:
    """As the toolkit writes a variable: text as it is, None empty, all else as compact sorted JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _local(paths: JobPaths, value: Any) -> Any:
    return paths.local(value) if isinstance(value, str) else value


def _values(job: Body, paths: JobPaths, machine: Machine) -> dict[str, Any]:
    """The variables whose names need no more than a prefix; `training_env` holds all the others once more."""
    described = _cluster(job) | _program(job, paths) | _folders(job, paths)
    described |= {
        "num_cpus": machine.cpus,
        "num_gpus": machine.gpus,
        "num_neurons": 0,
        "log_level": _LOG_LEVEL,
        "resource_config": resource_config(job),
        "input_data_config": input_data_config(job),
    }
    own = described["hps"]
    training_env = {key: value for key, value in described.items() if key not in ("hps", "user_args", "channels")}
    training_env |= {
        "hyperparameters": own,
        "channel_input_dirs": {name: str(paths.channel(name)) for name in channel_names(job)},
        "job_name": job["TrainingJobName"],
        "is_master": True,
        "master_hostname": HOST,
    }
    return described | {"training_env": training_env}


def _cluster(job: Body) -> dict[str, Any]:
    config = resource_config(job)
    return {
        "hosts": config["hosts"],
        "current_host": config["current_host"],
        "current_instance_type": config["current_instance_type"],
        "current_instance_group": GROUP,
        "current_instance_group_hosts": config["hosts"],
        "instance_groups": [GROUP],
        "instance_groups_dict": {GROUP: config["instance_groups"][0]},
        "distribution_instance_groups": [],
        "is_hetero": False,
        "network_interface_name": config["network_interface_name"],
    }


def _program(job: Body, paths: JobPaths) -> dict[str, Any]:
    own, platform = hyperparameters.split(job.get("HyperParameters", {}))
    program = platform.get("sagemaker_program")
    return {
        "hps": {key: _local(paths, value) for key, value in own.items()},
        "user_entry_point": program,
        "user_args": script_arguments(job, paths),
        "framework_params": {k: v for k, v in platform.items() if k not in _TOOLKIT_PARAMETERS},
        "framework_module": None,
        "module_name": PurePath(program).stem if program else None,
        "module_dir": platform.get("sagemaker_submit_directory", str(paths.code)),
    }


def _folders(job: Body, paths: JobPaths) -> dict[str, Any]:
    return {
        "channels": channel_names(job),
        "input_dir": str(paths.base / "input"),
        "input_config_dir": str(paths.config),
        "output_dir": str(paths.output),
        "output_data_dir": str(paths.output / "data"),
        "output_intermediate_dir": str(paths.output / "intermediate"),
        "model_dir": str(paths.model),
    }
