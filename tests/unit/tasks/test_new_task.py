"""A new task is one module and its name in the registry; the rest, columns, checks, calls and page, follows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
MODULE = '''
"""Keyphrases: the words that say what a text is about."""

from tasks import cells
from contracts.problems import Problem
from tasks.base import Column, Task
from tasks.inputs import text_in
from tasks.sequences import request_schema, response_schema

def check(row):
    text, phrases = cells.required(row, "text"), cells.decoded(row.get("phrases"))
    if isinstance(text, Problem):
        return text
    if not isinstance(phrases, list):
        return Problem("a list of phrases", cells.found_in(phrases), 'Write ["a"].', column="phrases")
    return {"text": text, "phrases": phrases}

TASK = Task(
    name="keyphrase-extraction",
    title="Keyphrases",
    columns=(Column("text", ("abstract",)), Column("phrases", ("keyphrases", "keywords"))),
    metric="f1",
    metrics=("f1",),
    architecture_suffixes=(),
    family="keyphrases",
    defaults={"epochs": 2},
    request_schema=request_schema(),
    response_schema=response_schema("keyphrase"),
    example_inputs="A text about bridges.",
    check_row=check,
    inputs_of=text_in("text"),
    labels_of=lambda row: row["phrases"],
    aliases=("keywords",),
    targets=("phrases",),
)
'''
SCRIPT = """
import json
from functions.api.errors import ApiError
from functions.api.request_validation import check_request
from tasks import every_variant, find_task
from tools.docs.tasks_page import name_of, page
from tests.unit.functions.drops import Desk

def drop(fifth):
    rows = [{"abstract": f"text {i}", "keywords": ["bridge", f"word {i % 3}"]} for i in range(20)]
    rows[4]["keywords"] = fifth
    return {"r.jsonl": "".join(json.dumps(row) + chr(10) for row in rows)}

def refusal(request):
    try:
        check_request("keyphrase-extraction", request)
    except ApiError as error:
        return error.message

seen = Desk().inspect(drop(["a"]))
print(json.dumps({
    "named": find_task("keywords").title,
    "task": seen["task"],
    "reasons": seen["data"]["reasons"],
    "labels": seen["data"]["labels"],
    "problems": [each["message"] for each in Desk().inspect(drop("a"))["problems"]],
    "taken": refusal({"inputs": "a"}),
    "refused": refusal({"inputs": 1}),
    "page": page({name_of(form): {"request": 1, "response": 2} for form in every_variant()}),
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy of `tasks` with one module and one line more makes of its drops, calls and page."""
    folder = tmp_path_factory.mktemp("with-a-new-task")
    tasks = shutil.copytree(ROOT / "tasks", folder / "tasks")
    (tasks / "keyphrase_extraction.py").write_text(MODULE, "utf-8")
    registry = tasks / "registry.py"
    text = registry.read_text("utf-8")
    last = '    "text2text_generation",\n'
    assert text.count(last) == 1
    registry.write_text(
        text.replace(last, f'{last}    "keyphrase_extraction",\n'), "utf-8"
    )
    paths = os.pathsep.join((str(folder), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths},
        check=True,
        capture_output=True,
    )
    return dict(json.loads(done.stdout))


def test_it_is_told_by_its_columns(seen: dict[str, Any]) -> None:
    assert (seen["named"], seen["task"]) == ("Keyphrases", "keyphrase-extraction")
    assert seen["reasons"] == [
        "Read as one file, all 20 rows of it.",
        "Keyphrases: column 'abstract' as text, 'keywords' as phrases.",
    ]
    assert seen["labels"] == ["a", "bridge", "word 0", "word 1", "word 2"]


def test_its_rows_are_checked(seen: dict[str, Any]) -> None:
    assert seen["problems"] == [
        "r.jsonl, row 5, column 'keywords': expected a list of phrases; found 'a'. Write [\"a\"]."
    ]


def test_its_calls_are_checked(seen: dict[str, Any]) -> None:
    assert seen["taken"] is None
    assert seen["refused"] == (
        "inputs: expected a text that is not empty or a list of these; "
        'found 1. Send, for example: {"inputs": "A text about bridges."}'
    )


def test_its_page_is_written(seen: dict[str, Any]) -> None:
    assert (
        "| `keyphrase-extraction` | text, phrases | **f1** | the stack's `BaseModel` |"
        in seen["page"]
    )
    assert (
        "## Keyphrases: `keyphrase-extraction`\n\nAlso called `keywords`."
        in seen["page"]
    )
    assert "| `phrases` | `keyphrases`, `keywords` | required |" in seen["page"]
