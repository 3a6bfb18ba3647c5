"""The usual layouts of public data sets, and every example drop, are told by their columns, with the reasons."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from contracts.problems import Problem
from functions.inspect.detection.task_detection import Detection, detect
from functions.inspect.formats import open_table
from tasks import Task, every_variant, names_of
from tests.unit.functions.drops import Desk
from tests.unit.functions.layouts import JSON_LINES, TEXTS, Rows, rows
from tests.unit.functions.table_layouts import TABLES
from tools.docs.tasks_page import folder_of

EXAMPLES = Path(__file__).parents[5] / "examples"
MESSAGES = [
    form
    for form in every_variant()
    if not (EXAMPLES / folder_of(form) / "traindrop.yaml").exists()
]


def detected(content: str, extension: str) -> Detection | Problem:
    table = open_table(io.BytesIO(content.encode()), extension)
    return detect(table.columns, table.sample)


def json_lines(of: Rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in of)


def table(of: Rows) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(of[0]))
    writer.writeheader()
    writer.writerows(of)
    return written.getvalue()


@pytest.mark.parametrize("name", JSON_LINES)
def test_json_lines_are_told_by_their_fields(name: str) -> None:
    value, reasons = JSON_LINES[name]
    answer = detected(json_lines(value), "jsonl")
    assert isinstance(answer, Detection)
    assert answer.reasons == reasons


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_told_by_its_columns(name: str) -> None:
    value, reasons = TABLES[name]
    answer = detected(table(value), "csv")
    assert isinstance(answer, Detection)
    assert answer.reasons == reasons


def as_rows(path: Path) -> tuple[str, bytes | str]:
    """A file's name and content; plain lines as rows with a text."""
    if path.suffix != ".txt":
        return path.name, path.read_bytes()
    return f"{path.stem}.jsonl", json_lines(
        [{"text": line} for line in path.read_text("utf-8").splitlines()]
    )


@pytest.mark.parametrize("form", MESSAGES, ids=lambda form: names_of(form)[0])
def test_an_example_is_told_by_its_columns(form: Task) -> None:
    folder = EXAMPLES / folder_of(form)
    desk = Desk()
    seen = desk.inspect(dict(map(as_rows, folder.iterdir())))
    assert seen["outcome"] == "ready", seen
    spec = desk.bucket.document(seen["run"], "spec.json")
    assert (spec["task"], spec["variant"]) == (form.name, form.variant)
    assert seen["warnings"] == []


def test_every_form_has_an_example_and_only_plain_texts_need_be_told() -> None:
    unnamed = {names_of(form)[0] for form in every_variant()} - {
        names_of(form)[0] for form in MESSAGES
    }
    assert unnamed == {"fill-mask", "feature-extraction/texts"}
    drops = {folder.name for folder in EXAMPLES.iterdir()} - {"sagemaker-tests"}
    assert drops == {folder_of(form) for form in every_variant()}


@pytest.mark.parametrize("extension", ["jsonl", "csv"])
def test_answers_that_fit_no_form_are_not_left_unread(extension: str) -> None:
    value = rows(text=TEXTS, entities="three of them")
    answer = detected({"jsonl": json_lines, "csv": table}[extension](value), extension)
    assert isinstance(answer, Detection)
    assert (
        answer.reasons[0]
        == "Token classification by spans: column 'text' as text, 'entities' as spans."
    )


def test_many_different_answers_are_not_taken_for_classes() -> None:
    value = [{"input": f"plural of {i}", "output": f"number {i}"} for i in range(30)]
    answer = detected(table(value), "csv")
    assert isinstance(answer, Detection)
    assert answer.reasons == (
        "Text generation from prompts: column 'input' as prompt, 'output' as completion.",
    )


def test_a_task_that_was_chosen_gives_no_alternatives() -> None:
    chosen = [form for form in every_variant() if form.name == "fill-mask"]
    answer = detect(("text",), [{"text": "a"}], chosen)
    assert isinstance(answer, Detection)
    assert answer.reasons == ("Fill-mask: column 'text' as text.",)


def test_columns_that_were_given_go_before_their_names() -> None:
    answer = detect(("text", "label", "verdict"), [], chosen={"label": "verdict"})
    assert isinstance(answer, Detection)
    assert answer.mapping == {"text": "text", "label": "verdict"}
