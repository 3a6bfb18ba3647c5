from __future__ import annotations

from functions.inspect.settings_file.hyperparameter_schema import (
    hyperparameter_properties,
)
from tasks.hyperparameters import OWN
from tasks.trainer_arguments import ALIASES, PASSED

BASE_MODEL = {"type": "string", "description": "The base model."}


def test_every_hyperparameter_stands_under_its_names() -> None:
    properties = hyperparameter_properties(BASE_MODEL)
    own = OWN.keys() - {"task", "base_model"}
    assert properties.keys() == own | PASSED.keys() | ALIASES.keys()
    for alias, name in ALIASES.items():
        assert properties[alias]["description"] == f"Another name of {name}."


def test_limits_and_defaults_are_those_of_the_job() -> None:
    epochs = hyperparameter_properties(BASE_MODEL)["epochs"]
    assert epochs["default"] == OWN["epochs"].default
    assert epochs["minimum"] == OWN["epochs"].metadata["least"]
