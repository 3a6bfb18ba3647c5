from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from contracts.changes import ChangedAnswer, Changes
from contracts.evaluation import Evaluation, Mistake
from contracts.locations import LABEL_ERRORS, MISTAKES, ROW_SOURCES
from contracts.spec import Spec
from tasks import Row, get_task
from tests.unit.training.report.evaluations import document
from training import row_tables
from training.inputs.job_inputs import Job
from training.recipes import recipe_of
from training.row_tables import Source, read_sources, with_sources, write_tables

ROWS: list[Row] = [
    {"text": "good", "label": "pos"},
    {"text": "=1+1", "label": "neg"},
    {"text": "bad", "label": "neg"},
]
LOGITS = [np.array([-3.0, 3.0]), np.array([-5.0, 5.0]), np.array([4.0, -4.0])]
SOURCES_OF_ROWS = [Source("a.csv", 2), Source("a.csv", 7), Source("b.csv", 3)]


def job(
    folder: Path, rows: Sequence[Row] = ROWS, variant: str = "", label: str = "label"
) -> Job:
    """As much of a job as the tables need."""
    task = get_task("text-classification", variant)
    values = {
        "recipe": recipe_of(task, ["neg", "pos"]),
        "paths": SimpleNamespace(output_data=folder),
        "spec": Spec.read({"columns": {"text": "Customer Message", label: "Category"}}),
        "test": rows,
    }
    return cast("Job", SimpleNamespace(**values))


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_mistakes_name_their_file_and_row(tmp_path: Path) -> None:
    write_tables(job(tmp_path), LOGITS, SOURCES_OF_ROWS)
    assert table(tmp_path / MISTAKES) == [
        ["file", "row", "text", "expected", "answered", "score"],
        ["a.csv", "7", "'=1+1", "neg", "pos", "1.0000"],
    ]


def test_likely_label_errors_have_the_columns_of_the_drop(tmp_path: Path) -> None:
    write_tables(job(tmp_path), LOGITS, SOURCES_OF_ROWS)
    head, *lines = table(tmp_path / LABEL_ERRORS)
    assert head == [
        "file",
        "row",
        "Customer Message",
        "Category",
        "suggested_label",
        "margin",
    ]
    assert [line[:5] for line in lines] == [["a.csv", "7", "'=1+1", "neg", "pos"]]


def test_likely_errors_of_several_labels_name_all_that_apply(tmp_path: Path) -> None:
    rows = [
        {"text": "good", "labels": ["pos"]},
        {"text": "so-so", "labels": []},
        {"text": "bad", "labels": ["neg"]},
        {"text": "both", "labels": ["neg"]},
    ]
    logits = np.array([[-4.0, 3.0], [-4.0, -3.0], [4.0, -4.0], [4.0, 5.0]])
    multi_label = job(tmp_path, rows, "multi-label", "labels")
    write_tables(multi_label, list(logits), [])
    head, *lines = table(tmp_path / LABEL_ERRORS)
    assert head[3:] == ["Category", "suggested_labels", "margin"]
    assert [line[:5] for line in lines] == [["", "4", "both", "neg", "neg, pos"]]


def test_without_sources_a_row_is_named_by_its_place(tmp_path: Path) -> None:
    write_tables(job(tmp_path), LOGITS, [])
    assert table(tmp_path / MISTAKES)[1][:2] == ["", "2"]


def test_a_table_ends_where_it_grows_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_tables, "MAX_BYTES", 1)
    write_tables(job(tmp_path), LOGITS, [])
    assert len(table(tmp_path / MISTAKES)) == 1


def test_a_table_that_fails_fails_no_job(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tables(job(tmp_path), [], [])
    assert "The lists of mistakes are left out: " in capsys.readouterr().out


def test_sources_are_read_where_they_fit(tmp_path: Path) -> None:
    assert read_sources(tmp_path, 2) == []
    assert read_sources(None, 2) == []
    (tmp_path / ROW_SOURCES).write_text('"a, b.csv",2\r\nc.csv,10\r\n', "utf-8")
    assert read_sources(tmp_path, 2) == [Source("a, b.csv", 2), Source("c.csv", 10)]
    assert read_sources(tmp_path, 3) == []


def test_the_evaluations_mistakes_and_changes_name_their_rows() -> None:
    mistake = Mistake(row=1, input="a", expected="b", found="c", score=0.5)
    new = ChangedAnswer(2, "bad", "neg", champion="neg", model="pos")
    gone = ChangedAnswer(0, "good", "pos", champion="neg", model="pos")
    changes = Changes(1, 1, 0, new=(new,), gone=(gone,))
    metrics = {"accuracy": 0.9}
    evaluation = replace(
        Evaluation.read(document("text-classification", "accuracy", metrics)),
        mistakes=(mistake,),
        changes=changes,
    )
    placed = with_sources(evaluation, SOURCES_OF_ROWS)
    assert placed.changes is not None
    (mistake,), (new,), (gone,) = (
        placed.mistakes,
        placed.changes.new,
        placed.changes.gone,
    )
    assert (mistake.file, mistake.file_row) == ("a.csv", 7)
    assert (new.file, new.file_row) == ("b.csv", 3)
    assert (gone.file, gone.file_row) == ("a.csv", 2)
    assert with_sources(evaluation, []) == evaluation
