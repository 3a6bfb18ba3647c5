"""The environment that the SageMaker training toolkit gives a script."""

from __future__ import annotations

import json
import os
from typing import Any

from contracts.environment import ServingVariable, channel_variable
from localcloud.sagemaker.common.launch import python_path
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.training.job_paths import (
    HOST,
    INSTANCE_GROUP,
    JobPaths,
    input_data_config,
    resource_config,
)
from localcloud.sagemaker.training.job_request import JobRequest
from localcloud.sagemaker.training.toolkit_command import (
    Hyperparameters,
    Machine,
    localized,
    script_arguments,
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
Variables = dict[str, Any]
"""Names without `SM_`, in lower case, and values before they become text."""


def job_environment(
    job: JobRequest, paths: JobPaths, machine: Machine, settings: Settings
) -> dict[str, str]:
    """All variables of a job's script: the platform's, the request's, the toolkit's."""
    requested = {name: paths.local(value) for name, value in job.environment.items()}
    own_path = requested.get("PYTHONPATH", "")
    return {
        **settings.program_environment(os.environ),
        **requested,
        **toolkit_environment(job, paths, machine, settings.region),
        "PYTHONPATH": python_path(str(paths.code), str(paths.packages), own_path),
    }


def container_environment(
    job: JobRequest, paths: JobPaths, settings: Settings
) -> dict[str, str]:
    """What the platform and the image give the toolkit itself, which makes the variables of the script."""
    requested = {name: paths.local(value) for name, value in job.environment.items()}
    return {
        **settings.program_environment(os.environ),
        **requested,
        **_platform_variables(job, paths),
        "SAGEMAKER_TRAINING_MODULE": "sagemaker_pytorch_container.training:main",
        # The name of the only host cannot be resolved here, and the toolkit would wait for it.
        "SM_STUDIO_LOCAL_MODE": "true",
    }


def _platform_variables(job: JobRequest, paths: JobPaths) -> dict[str, str]:
    return {
        ServingVariable.BASE_DIR: str(paths.base),
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.arn,
    }


def toolkit_environment(
    job: JobRequest, paths: JobPaths, machine: Machine, region: str
) -> dict[str, str]:
    """`SM_*` and the variables beside them."""
    hyperparameters = Hyperparameters.decode(job.hyperparameters)
    variables = {}
    for name, value in _variables(job, paths, machine).items():
        variables[f"SM_{name.upper()}"] = to_text(value)
    for name, value in localized(hyperparameters.own, paths).items():
        variables[f"SM_HP_{name.upper()}"] = to_text(value)
    for name in job.channel_names:
        variables[channel_variable(name)] = str(paths.channel(name))
    return variables | {
        **_platform_variables(job, paths),
        "SAGEMAKER_JOB_NAME": job.name,
        ServingVariable.REGION: str(
            hyperparameters.platform.get("sagemaker_region", region)
        ),
        "CURRENT_HOST": HOST,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "7777",
    }


def to_text(value: Any) -> str:
    """As the toolkit writes a variable: text unchanged, None empty, all else as compact sorted JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _variables(job: JobRequest, paths: JobPaths, machine: Machine) -> Variables:
    """The variables whose names need no more than a prefix. `training_env` holds all the others once more."""
    variables = (
        _cluster(job) | _script(job, paths) | _folders(job, paths) | _machine(machine)
    )
    variables |= {
        "log_level": _log_level(job),
        "resource_config": resource_config(job),
        "input_data_config": input_data_config(job),
    }
    return variables | {"training_env": _training_env(variables, job, paths)}


def _log_level(job: JobRequest) -> Any:
    platform = Hyperparameters.decode(job.hyperparameters).platform
    return platform.get("sagemaker_container_log_level", _LOG_LEVEL)


def _training_env(variables: Variables, job: JobRequest, paths: JobPaths) -> Variables:
    repeated = {
        name: value
        for name, value in variables.items()
        if name not in ("hps", "user_args", "channels", "framework_params")
    }
    return repeated | {
        "hyperparameters": variables["hps"],
        "additional_framework_parameters": variables["framework_params"],
        "distribution_hosts": variables["hosts"],
        "topology": [],
        "is_modelparallel_enabled": None,
        "is_smddprun_installed": False,
        "is_smddpmprun_installed": False,
        "channel_input_dirs": {
            name: str(paths.channel(name)) for name in job.channel_names
        },
        "job_name": job.name,
        "is_master": True,
        "master_hostname": HOST,
    }


def _machine(machine: Machine) -> Variables:
    return {"num_cpus": machine.cpus, "num_gpus": machine.gpus, "num_neurons": 0}


def _cluster(job: JobRequest) -> Variables:
    config = resource_config(job)
    return {
        "hosts": config["hosts"],
        "current_host": config["current_host"],
        "current_instance_type": config["current_instance_type"],
        "current_instance_group": INSTANCE_GROUP,
        "current_instance_group_hosts": config["hosts"],
        "instance_groups": [INSTANCE_GROUP],
        "instance_groups_dict": {INSTANCE_GROUP: config["instance_groups"][0]},
        "distribution_instance_groups": [],
        "is_hetero": False,
        "network_interface_name": config["network_interface_name"],
    }


def _script(job: JobRequest, paths: JobPaths) -> Variables:
    hyperparameters = Hyperparameters.decode(job.hyperparameters)
    script, platform = hyperparameters.script, hyperparameters.platform
    framework = {
        name: value
        for name, value in platform.items()
        if name not in _TOOLKIT_PARAMETERS
    }
    return {
        "hps": localized(hyperparameters.own, paths),
        "user_entry_point": script,
        "user_args": script_arguments(job, paths),
        "framework_params": framework,
        "framework_module": None,
        "module_name": script.removesuffix(".py") if script else None,
        "module_dir": platform.get("sagemaker_submit_directory", str(paths.code)),
    }


def _folders(job: JobRequest, paths: JobPaths) -> Variables:
    return {
        "channels": job.channel_names,
        "input_dir": str(paths.input),
        "input_config_dir": str(paths.config),
        "output_dir": str(paths.output),
        "output_data_dir": str(paths.output_data),
        "output_intermediate_dir": str(paths.output_intermediate),
        "model_dir": str(paths.model),
    }
