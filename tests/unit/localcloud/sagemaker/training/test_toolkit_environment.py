from __future__ import annotations

import json
from pathlib import Path

from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.training.toolkit_command import Machine, script_arguments
from localcloud.sagemaker.training.toolkit_environment import (
    container_environment,
    to_text,
    toolkit_environment,
)
from tests.unit.localcloud.sagemaker.training.jobs import MACHINE, a_job, paths_below

TOOLKIT = {
    *(
        "CHANNELS",
        "CHANNEL_TEST",
        "CHANNEL_TRAIN",
        "CURRENT_HOST",
        "CURRENT_INSTANCE_GROUP",
    ),
    *(
        "CURRENT_INSTANCE_GROUP_HOSTS",
        "CURRENT_INSTANCE_TYPE",
        "DISTRIBUTION_INSTANCE_GROUPS",
    ),
    *(
        "FRAMEWORK_MODULE",
        "FRAMEWORK_PARAMS",
        "HOSTS",
        "HPS",
        "HP_EPOCHS",
        "INPUT_CONFIG_DIR",
    ),
    *(
        "INPUT_DATA_CONFIG",
        "INPUT_DIR",
        "INSTANCE_GROUPS",
        "INSTANCE_GROUPS_DICT",
        "IS_HETERO",
    ),
    *(
        "LOG_LEVEL",
        "MODEL_DIR",
        "MODULE_DIR",
        "MODULE_NAME",
        "NETWORK_INTERFACE_NAME",
        "NUM_CPUS",
    ),
    *(
        "NUM_GPUS",
        "NUM_NEURONS",
        "OUTPUT_DATA_DIR",
        "OUTPUT_DIR",
        "OUTPUT_INTERMEDIATE_DIR",
    ),
    *("RESOURCE_CONFIG", "TRAINING_ENV", "USER_ARGS", "USER_ENTRY_POINT"),
}
PLATFORM = {
    *(
        "SAGEMAKER_JOB_NAME",
        "SAGEMAKER_REGION",
        "CURRENT_HOST",
        "TRAINING_JOB_NAME",
        "TRAINING_JOB_ARN",
    ),
    *("MASTER_ADDR", "MASTER_PORT", "SAGEMAKER_BASE_DIR"),
}


def environment(**hyperparameters: str) -> dict[str, str]:
    return toolkit_environment(
        a_job(**hyperparameters), paths_below(Path("/jobs/1")), MACHINE, "us-east-1"
    )


def test_every_variable_of_the_toolkit_is_there_and_no_other() -> None:
    assert set(environment(epochs="1")) == {f"SM_{name}" for name in TOOLKIT} | PLATFORM


def test_the_toolkit_itself_gets_nothing_that_it_makes(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    variables = container_environment(
        a_job(epochs="1"), paths_below(Path("/jobs/1")), settings
    )
    made = [name for name in variables if name.startswith("SM_")]
    assert made == ["SM_STUDIO_LOCAL_MODE"]
    assert variables["SAGEMAKER_BASE_DIR"] == "/jobs/1/opt/ml"
    assert "PYTHONPATH" not in variables


def test_variables_hold_the_paths_of_the_job() -> None:
    variables = environment()
    assert variables["SM_MODEL_DIR"] == "/jobs/1/opt/ml/model"
    assert variables["SM_OUTPUT_DATA_DIR"] == "/jobs/1/opt/ml/output/data"
    assert variables["SM_CHANNEL_TRAIN"] == "/jobs/1/opt/ml/input/data/train"
    assert variables["SM_CHANNELS"] == '["test","train"]'
    assert variables["SAGEMAKER_BASE_DIR"] == "/jobs/1/opt/ml"


def test_hyperparameter_variables_keep_hyphens_and_json() -> None:
    variables = environment(
        **{"learning-rate": "1e-4", "fp16": "true", "name": '"m"', "none": "null"}
    )
    assert variables["SM_HP_LEARNING-RATE"] == "0.0001"
    assert (
        variables["SM_HP_FP16"],
        variables["SM_HP_NAME"],
        variables["SM_HP_NONE"],
    ) == (
        "true",
        "m",
        "",
    )
    assert json.loads(variables["SM_HPS"]) == {
        "learning-rate": 1e-4,
        "fp16": True,
        "name": "m",
        "none": None,
    }
    assert json.loads(variables["SM_USER_ARGS"])[:2] == ["--fp16", "True"]


def test_the_entry_point_is_named_in_every_way() -> None:
    variables = environment(
        sagemaker_program='"train.py"', sagemaker_torch_distributed_enabled="true"
    )
    assert variables["SM_USER_ENTRY_POINT"] == "train.py"
    assert (variables["SM_MODULE_NAME"], variables["SM_MODULE_DIR"]) == (
        "train",
        "s3://b/s",
    )
    assert json.loads(variables["SM_FRAMEWORK_PARAMS"]) == {
        "sagemaker_torch_distributed_enabled": True
    }
    assert json.loads(variables["SM_HPS"]) == {}


def test_the_machine_is_the_real_one() -> None:
    job, paths = a_job(), paths_below(Path("/jobs/1"))
    variables = toolkit_environment(job, paths, Machine(cpus=8, gpus=2), "us-east-1")
    assert (variables["SM_NUM_CPUS"], variables["SM_NUM_GPUS"]) == ("8", "2")
    assert variables["SM_CURRENT_INSTANCE_TYPE"] == "ml.g5.xlarge"


def test_paths_of_the_container_become_paths_of_the_job() -> None:
    arguments = script_arguments(
        a_job(output_dir="/opt/ml/checkpoints", other="/opt/mlx"),
        paths_below(Path("/j")),
    )
    assert arguments == ["--other", "/opt/mlx", "--output_dir", "/j/opt/ml/checkpoints"]


def test_values_are_written_as_the_toolkit_writes_them() -> None:
    values = ["text", None, True, 1, 0.5, {"b": 1, "a": [1, 2]}]
    assert [to_text(value) for value in values] == [
        "text",
        "",
        "true",
        "1",
        "0.5",
        '{"a":[1,2],"b":1}',
    ]


def test_names_and_levels_are_those_of_the_toolkit() -> None:
    variables = environment(
        sagemaker_program="package/train.py", sagemaker_container_log_level="10"
    )
    assert variables["SM_LOG_LEVEL"] == "10"
    assert variables["SM_MODULE_NAME"] == "package/train"
    assert environment(sagemaker_program="run.sh")["SM_MODULE_NAME"] == "run.sh"
    assert environment()["SM_LOG_LEVEL"] == "20"
    training = json.loads(variables["SM_TRAINING_ENV"])
    assert training["distribution_hosts"] == ["algo-1"]
    assert training["additional_framework_parameters"] == {}
    assert "framework_params" not in training
