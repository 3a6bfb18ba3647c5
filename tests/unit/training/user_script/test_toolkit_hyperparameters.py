from __future__ import annotations

import json
from pathlib import Path

from contracts.spec import Spec
from localcloud.sagemaker.training.toolkit_command import to_arguments
from localcloud.sagemaker.training.toolkit_environment import toolkit_environment
from tests.unit.localcloud.sagemaker.training.jobs import MACHINE, a_job, paths_below
from training.common.types import Json
from training.user_script.toolkit_hyperparameters import (
    hyperparameters_of,
    script_arguments,
    with_hyperparameters,
)

OWN: dict[str, Json] = {
    "cfg": {"b": 2, "a": 1},
    "empty": "",
    "epochs": 1,
    "fp16": True,
    "layers": [1, "x"],
    "n": 3,
    "prefix": "it's; $(id) >",
}


def test_arguments_are_those_of_the_toolkit() -> None:
    assert script_arguments(OWN) == to_arguments(OWN)


def test_variables_are_those_of_the_toolkit(tmp_path: Path) -> None:
    texts = {name: json.dumps(value) for name, value in OWN.items()}
    expected = toolkit_environment(a_job(**texts), paths_below(tmp_path), MACHINE, "r")
    bare = toolkit_environment(
        a_job(epochs="9", old="1"), paths_below(tmp_path), MACHINE, "r"
    )
    variables = with_hyperparameters(bare, OWN)
    assert json.loads(variables.pop("SM_TRAINING_ENV")) == json.loads(
        expected.pop("SM_TRAINING_ENV")
    )
    assert variables == expected


def test_a_path_of_the_container_is_below_the_base_directory_and_null_is_not_set() -> (
    None
):
    spec = Spec(hyperparameters={"b": "/opt/ml/model", "a": "/opt/mlx", "n": None})
    assert hyperparameters_of(spec, {}) == {"a": "/opt/mlx", "b": "/opt/ml/model"}
    moved = hyperparameters_of(spec, {"SAGEMAKER_BASE_DIR": "/jobs/1"})
    assert moved == {"a": "/opt/mlx", "b": "/jobs/1/model"}
