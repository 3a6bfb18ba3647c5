from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from functions.logic.options import FILE_NAMES, Options, parse, unfit
from functions.logic.options.schema import SCHEMA, as_json
from tasks import find_task
from tasks.arguments import OWN
from tasks.trainer_arguments import ALIASES, DECIDED, PASSED
from tests.unit.stack.template import load
from tools.docs.settings_page import EXAMPLE, HUB_EXAMPLE, PAGE_FILE, SCHEMA_FILE, page

ROOT = Path(__file__).parents[4]
WRITTEN = [path for name in FILE_NAMES for path in sorted((ROOT / "examples").rglob(name))]


def test_the_published_schema_and_page_are_those_of_the_code() -> None:
    anew = "run python -m tools.docs.settings_page"
    assert SCHEMA_FILE.read_text("utf-8") == as_json(), anew
    assert PAGE_FILE.read_text("utf-8") == page(), anew


@pytest.mark.parametrize("text", [EXAMPLE, HUB_EXAMPLE, *(path.read_text("utf-8") for path in WRITTEN)])
def test_the_examples_are_right(text: str) -> None:
    found = parse(text.encode(), "traindrop.yaml")
    assert isinstance(found, Options), found
    if found.task:
        assert unfit(found, find_task(found.task), "traindrop.yaml") == []


def test_the_first_example_shows_every_section_of_a_training() -> None:
    found = parse(EXAMPLE.encode(), "traindrop.yaml")
    assert isinstance(found, Options)
    assert {key for key in found.lines if "." not in key} == SCHEMA["properties"].keys() - {"hub"}
    assert EXAMPLE.startswith(f"# yaml-language-server: $schema={SCHEMA_FILE.name}\n")


def test_editors_are_told_what_every_key_does_and_get_an_example_that_is_right() -> None:
    def visit(schema: dict[str, Any], path: str) -> None:
        assert str(schema["description"]).endswith("."), path
        part = {key: value for key, value in schema.items() if key != "$schema"}
        for example in [*schema.get("examples", []), *([schema["default"]] if schema.get("default") else [])]:
            if example is not None:
                fastjsonschema.validate(part, example)
        for name, inner in schema.get("properties", {}).items():
            visit(inner, f"{path}.{name}")

    visit(SCHEMA, "")


def test_every_hyperparameter_is_documented() -> None:
    known = SCHEMA["properties"]["hyperparameters"]["properties"]
    assert known.keys() == (OWN.keys() - {"task", "base_model"}) | PASSED.keys() | ALIASES.keys()
    text = page()
    for name in [*known, *DECIDED]:
        assert f"`{name}`" in text, name


def test_the_limits_are_those_of_the_stack() -> None:
    compute, deployment = (SCHEMA["properties"][name]["properties"] for name in ("compute", "deployment"))
    parameters = load()["Parameters"]
    for name, schema in {
        "MaxRuntimeSeconds": compute["max_runtime_seconds"],
        "MaxQueueHours": compute["max_queue_hours"],
        "TrainingVolumeGb": compute["volume_gb"],
        "ServerlessMaxConcurrency": deployment["max_concurrency"],
    }.items():
        assert (schema["minimum"], schema["maximum"]) == (parameters[name]["MinValue"], parameters[name]["MaxValue"])
    assert deployment["memory_mb"]["enum"] == parameters["ServerlessMemoryMb"]["AllowedValues"]
    assert deployment["mode"]["enum"] == parameters["DeploymentMode"]["AllowedValues"]


def test_the_parameters_that_defaults_come_from_exist() -> None:
    named = re.findall(r"the stack's `(\w+)`", json.dumps(SCHEMA))
    assert len(named) >= 12
    assert set(named) <= load()["Parameters"].keys()
