from __future__ import annotations

from pathlib import Path

import pytest

from functions.inspect.settings_file import FILE_NAMES, Options, parse, unfit
from functions.inspect.settings_file.schema import SCHEMA
from tasks import find_task
from tasks.trainer_arguments import DECIDED
from tools.docs.settings_page import EXAMPLE, HUB_EXAMPLE, page

ROOT = Path(__file__).parents[4]
WRITTEN = [path for name in FILE_NAMES for path in sorted((ROOT / "examples").rglob(name))]


@pytest.mark.parametrize(
    "text", [EXAMPLE, HUB_EXAMPLE, *(path.read_text("utf-8") for path in WRITTEN)]
)
def test_the_examples_are_right(text: str) -> None:
    found = parse(text.encode(), "traindrop.yaml")
    assert isinstance(found, Options), found
    if found.task:
        assert unfit(found, find_task(found.task), "traindrop.yaml") == []


def test_the_first_example_shows_every_section_of_a_training() -> None:
    found = parse(EXAMPLE.encode(), "traindrop.yaml")
    assert isinstance(found, Options)
    assert {key for key in found.lines if "." not in key} == SCHEMA["properties"].keys() - {"hub"}
    assert EXAMPLE.startswith("# yaml-language-server: $schema=traindrop.schema.json\n")


def test_every_hyperparameter_is_documented() -> None:
    text = page()
    for name in [*SCHEMA["properties"]["hyperparameters"]["properties"], *DECIDED]:
        assert f"`{name}`" in text, name
