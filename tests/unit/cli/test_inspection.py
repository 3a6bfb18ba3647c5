from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cli.inspection import SETTINGS, CheckOutcome, inspect_files
from contracts.problems import Choice, Problem
from functions.adapters.hub import HubError, HubModel
from functions.inspect import inspection
from functions.inspect.layouts import Plan
from tests.unit.cli.imports import modules_after
from tests.unit.functions.drops import reviews
from tools.source_modules import ROOT
from tools.template_yaml import parse

HUB = {"hub": {"model_id": "some/model", "task": "text-classification"}}


def settings(folder: Path, content: object) -> dict[str, Path]:
    path = folder / "traindrop.yaml"
    path.write_text(yaml.safe_dump(content))
    return {"traindrop.yaml": path}


def unreachable(model_id: str, revision: str, token: str) -> HubModel:
    raise HubError("no route to host")


def test_a_model_is_said_not_to_be_looked_up_where_the_hub_is_out_of_reach(
    tmp_path: Path,
) -> None:
    result = inspect_files(settings(tmp_path, HUB), "m", ask=unreachable)
    assert result.outcome is CheckOutcome.READY
    assert result.record["warnings"] == [
        "some/model was not looked up in the Hub (no route to host): the stack does it when the files arrive."
    ]


def test_a_private_model_is_left_to_the_stack_that_has_its_token(
    tmp_path: Path,
) -> None:
    private = {"hub": HUB["hub"] | {"token_secret": "traindrop/hub"}}
    result = inspect_files(settings(tmp_path, private), "m", ask=unreachable)
    assert result.outcome is CheckOutcome.READY
    assert "the token is in a secret" in result.record["warnings"][0]


def test_a_drop_asks_where_every_problem_has_choices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = Choice("learns the labels in 'b'", "columns: {label: b}")
    problems = [
        Problem("one label", "two", "Choose.", choices=(choice,)),
        Problem("a", "b", "C."),
    ]

    def plan_of(*_: object) -> Plan | Problem:
        return problems[0]

    monkeypatch.setattr(inspection, "plan_of", plan_of)
    path = tmp_path / "data.csv"
    path.write_text(reviews())
    assert inspect_files({"data.csv": path}, "m").outcome is CheckOutcome.QUESTION
    problems.pop(0)
    assert inspect_files({"data.csv": path}, "m").outcome is CheckOutcome.REFUSED


def test_a_large_drop_keeps_only_the_rows_that_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(reviews(50))
    assert len(inspect_files({"data.csv": path}, "m", 2).rows["train"]) == 2
    assert sum(map(len, inspect_files({"data.csv": path}, "m").rows.values())) == 50


def test_the_settings_are_the_defaults_of_the_template() -> None:
    parameters = parse((ROOT / "template.yaml").read_text())["Parameters"]
    assert SETTINGS.base_model == parameters["BaseModel"]["Default"]
    types = parameters["TrainingInstanceTypes"]["Default"]
    assert ",".join(SETTINGS.training_instance_types) == types


def test_nothing_of_training_is_imported() -> None:
    assert not {"torch", "transformers"} & modules_after("cli.__main__")
