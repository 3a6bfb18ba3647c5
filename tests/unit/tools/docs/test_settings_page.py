from __future__ import annotations

from pathlib import Path

import pytest

from functions.inspect.settings_file import FILE_NAMES, Options, parse, unfit
from functions.inspect.settings_file.schema import SCHEMA
from tasks import find_task
from tasks.trainer_arguments import DECIDED
from tools.docs.settings_page import EXAMPLE, HUB_EXAMPLE, page

ROOT = Path(__file__).parents[4]
WRITTEN = [
    path for name in FILE_NAMES for path in sorted((ROOT / "examples").rglob(name))
]


@pytest.mark.parametrize(
    "text", [EXAMPLE, HUB_EXAMPLE, *(path.read_text("utf-8") for path in WRITTEN)]
)
def test_the_examples_are_right(text: str) -> None:
    result = parse(text.encode(), "traindrop.yaml")
    assert isinstance(result, Options), result
    if result.task:
        assert unfit(result, find_task(result.task), "traindrop.yaml") == []


def test_the_first_example_shows_every_section_of_a_training() -> None:
    result = parse(EXAMPLE.encode(), "traindrop.yaml")
    assert isinstance(result, Options)
    assert {key for key in result.lines if "." not in key} == SCHEMA[
        "properties"
    ].keys() - {"hub"}
    assert EXAMPLE.startswith("# yaml-language-server: $schema=traindrop.schema.json\n")


def test_every_hyperparameter_is_documented() -> None:
    text = page()
    for name in [*SCHEMA["properties"]["hyperparameters"]["properties"], *DECIDED]:
        assert f"`{name}`" in text, name
