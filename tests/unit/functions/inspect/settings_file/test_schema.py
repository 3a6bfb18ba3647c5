from __future__ import annotations

import json
import re
from typing import Any

import fastjsonschema

from functions.inspect.settings_file.schema import SCHEMA
from tasks.hyperparameters import OWN
from tasks.trainer_arguments import ALIASES, PASSED
from tests.unit.stack.template import load


def test_editors_are_told_what_every_key_does_and_get_an_example_that_is_right() -> (
    None
):
    def walk(schema: dict[str, Any], path: str) -> None:
        assert str(schema["description"]).endswith("."), path
        piece = {key: value for key, value in schema.items() if key != "$schema"}
        for example in [
            *schema.get("examples", []),
            *([schema["default"]] if schema.get("default") else []),
        ]:
            if example is not None:
                fastjsonschema.validate(piece, example)
        for name, inner in schema.get("properties", {}).items():
            walk(inner, f"{path}.{name}")

    walk(SCHEMA, "")


def test_every_hyperparameter_is_in_the_schema() -> None:
    expected = SCHEMA["properties"]["hyperparameters"]["properties"]
    assert (
        expected.keys()
        == (OWN.keys() - {"task", "base_model"}) | PASSED.keys() | ALIASES.keys()
    )


def test_the_limits_are_those_of_the_stack() -> None:
    compute, deployment = (
        SCHEMA["properties"][name]["properties"] for name in ("compute", "deployment")
    )
    parameters = load()["Parameters"]
    for name, schema in {
        "MaxRuntimeSeconds": compute["max_runtime_seconds"],
        "MaxQueueHours": compute["max_queue_hours"],
        "TrainingVolumeGb": compute["volume_gb"],
        "ServerlessMaxConcurrency": deployment["max_concurrency"],
    }.items():
        assert (schema["minimum"], schema["maximum"]) == (
            parameters[name]["MinValue"],
            parameters[name]["MaxValue"],
        )
    assert (
        deployment["memory_mb"]["enum"]
        == parameters["ServerlessMemoryMb"]["AllowedValues"]
    )
    assert deployment["mode"]["enum"] == parameters["DeploymentMode"]["AllowedValues"]


def test_the_parameters_that_defaults_come_from_exist() -> None:
    named = re.findall(r"the stack's `(\w+)`", json.dumps(SCHEMA))
    assert len(named) >= 12
    assert set(named) <= load()["Parameters"].keys()
