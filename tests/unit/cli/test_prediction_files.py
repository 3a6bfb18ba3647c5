from __future__ import annotations

import io
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.prediction_files import (
    AnswerWriter,
    InputRow,
    answer_cells,
    input_fields,
    read_inputs,
)
from contracts.run_record import DataRecord
from traindrop import ExampleCall, ModelPage

QUESTION = {"inputs": {"question": "Who?", "context": "Ada."}}


def page(columns: dict[str, str], body: object) -> ModelPage:
    return ModelPage(
        model="m",
        status="InService",
        endpoint="e",
        updated_at="",
        data=DataRecord(columns=columns),
        example=ExampleCall(method="POST", path="/", body=body),
    )


def test_the_columns_are_those_of_the_models_data() -> None:
    texts = page({"text": "review", "label": "sentiment"}, {"inputs": "x"})
    assert input_fields(texts, "") == "review"
    assert input_fields(texts, "body") == "body"
    answers = page({"context": "passage"}, QUESTION)
    assert input_fields(answers, "") == {"question": "question", "context": "passage"}


def test_inputs_of_several_fields_are_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "in.tsv"
    path.write_text("question\tpassage\nWho?\tAda wrote it.\n")
    fields = {"question": "question", "context": "passage"}
    (row,) = read_inputs(path, fields)
    assert row.inputs == {"question": "Who?", "context": "Ada wrote it."}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.csv", "a,b\n1,2\n", r"expected a column 'review'; found 'a', 'b'"),
        ("in.csv", 'review\n"open\n', r"line 1: expected a row of the table"),
        ("in.jsonl", "{oops\n", r"line 1: expected JSON; found '{oops'"),
        ("in.xlsx", "x", r"expected a file that ends in \.csv, \.tsv"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(CommandError, match=message):
        read_inputs(path, "review")


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes("Größe".encode("latin-1"))
    with pytest.raises(CommandError, match="in UTF-8; found byte 2"):
        read_inputs(path, "text")


def test_a_request_of_json_lines_is_taken_by_its_inputs(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"inputs": "a"}\n{"question": "b"}\n')
    assert [row.inputs for row in read_inputs(path, "")] == ["a", {"question": "b"}]


def test_an_answer_does_not_replace_a_column_of_the_table() -> None:
    file = io.StringIO()
    writer = AnswerWriter(file, delimiter=",")
    writer.write(
        InputRow("a", {"text": "a", "label": "x"}), {"label": "y", "score": 1.0}
    )
    assert file.getvalue().splitlines() == [
        "text,label,predicted_label,score",
        "a,x,y,1.0",
    ]


def test_answers_without_fields_are_json() -> None:
    assert answer_cells([{"generated_text": "hi"}]) == {"generated_text": "hi"}
    assert answer_cells([[0.5, 1]]) == {"answer": "[[0.5, 1]]"}
    two = [{"label": "a", "score": 0.5}, {"label": "b", "score": 0.25}]
    assert answer_cells(two)["answer"].startswith('[{"label": "a"')
