from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.prediction_files import read_inputs, write_answers
from functions.batch.results import RowOutcome

LABEL = [{"label": "y", "score": 1.0}]


def values(path: Path) -> list[object]:
    return [row.value for row in read_inputs(path).rows]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.csv", 'review\n"open\n', r"in\.csv: .*a row 1 that cannot be read"),
        ("in.jsonl", "{oops\n", r"in\.jsonl: Expected JSON Lines"),
        ("in.csv", "", r"in\.csv: .*found an empty file"),
        ("in.xlsx", "x", r"expected a file that ends in \.csv, \.tsv"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(CommandError, match=message):
        read_inputs(path)


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes("Größe".encode("latin-1"))
    with pytest.raises(CommandError, match="in UTF-8; found byte 2"):
        read_inputs(path)
    table = path.rename(tmp_path / "in.csv")
    with pytest.raises(CommandError, match=r"in\.csv: Expected text in UTF-8"):
        read_inputs(table)


def test_a_text_a_line_is_an_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.txt"
    path.write_text("one, two\n\n[three]\n")
    assert values(path) == ["one, two", "[three]"]
    monkeypatch.setattr("sys.stdin", io.StringIO("one\ntwo"))
    assert values(Path("-")) == ["one", "two"]


def written(
    folder: Path, source: tuple[str, str], output: str, *outcomes: RowOutcome
) -> str:
    """The file of answers; `source` is a name and a content."""
    path = folder / source[0]
    path.write_text(source[1])
    write_answers(read_inputs(path), outcomes, folder / output)
    return (folder / output).read_text()


@pytest.mark.parametrize(
    ("header", "output", "expected"),
    [
        ("id,label", "out.csv", "id,label,predicted_label,score,error"),
        ("id\tlabel", "out.csv", "id,label,predicted_label,score,error"),
        ("id;label", "out.csv", "id;label;predicted_label;score;error"),
        ("id,label", "out.tsv", "id\tlabel\tpredicted_label\tscore\terror"),
    ],
)
def test_a_table_keeps_its_columns_and_gets_those_of_the_answers(
    tmp_path: Path, header: str, output: str, expected: str
) -> None:
    body = f"{header}\n1{header[2]}x\n"
    lines = written(tmp_path, ("in.csv", body), output, RowOutcome(LABEL)).splitlines()
    assert lines[0] == expected
    assert lines[1] == expected[2].join(["1", "x", "y", "1.0", ""])


def test_a_table_of_json_lines_has_the_fields_of_all(tmp_path: Path) -> None:
    body = '{"id": 1, "text": "a"}\n"b"\n{oops\n'
    error = RowOutcome(error="no")
    outcomes = (RowOutcome(LABEL), RowOutcome(LABEL), error)
    assert written(tmp_path, ("in.jsonl", body), "out.csv", *outcomes).splitlines() == [
        "id,text,inputs,line,label,score,error",
        "1,a,,,y,1.0,",
        ",,b,,y,1.0,",
        ",,,{oops,,,no",
    ]


def test_lines_of_a_table_are_its_rows_with_their_answers(tmp_path: Path) -> None:
    outcomes = (RowOutcome(LABEL), RowOutcome(error="no"))
    text = written(tmp_path, ("in.csv", "text\na\nb\n"), "out.jsonl", *outcomes)
    assert [json.loads(line) for line in text.splitlines()] == [
        {"text": "a", "answer": LABEL},
        {"text": "b", "error": "no"},
    ]


def test_answers_that_came_before_an_error_are_written(tmp_path: Path) -> None:
    path, output = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("text\na\nb\n")

    def outcomes() -> object:
        yield RowOutcome(LABEL)
        raise CommandError("gone")

    with pytest.raises(CommandError, match="gone"):
        write_answers(read_inputs(path), outcomes(), output)  # type: ignore[arg-type]
    assert output.read_text().splitlines()[1:] == ["a,y,1.0,"]


def test_an_output_of_another_ending_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    with pytest.raises(CommandError, match=r"\.csv, \.tsv or \.jsonl; found 'o\.x'"):
        written(tmp_path, ("in.txt", "a\n"), "o.x")
