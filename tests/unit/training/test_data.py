from __future__ import annotations

from pathlib import Path

import pytest

from tasks import get_task
from training.data import read_rows
from training.errors import DataError
from training.spec import Spec

TASK = get_task("text-classification")


def channel(folder: Path, text: str) -> Path:
    path = folder / "train"
    path.mkdir()
    (path / "rows.jsonl").write_text(text, "utf-8")
    return path


def test_rows_are_read_in_order_and_blank_lines_skipped(tmp_path: Path) -> None:
    path = channel(tmp_path, '{"text": "ä", "label": "x"}\n\n{"text": "b", "label": "y"}\n')
    assert read_rows(path, TASK) == [{"text": "ä", "label": "x"}, {"text": "b", "label": "y"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected rows in train/rows.jsonl; found none. Drop more data."),
        ("[1]\n", "train/rows.jsonl, row 1: expected a JSON object; found list. Correct the line."),
        (
            '{"text": "a", "label": "x"}\n{"text": "b"}\n',
            "train/rows.jsonl, row 2, column 'label': expected a value; found text. Fill it in or drop the row.",
        ),
        (
            "{}\n",
            "train/rows.jsonl, row 1, column 'text': expected a value; found no columns. Fill it in or drop the row.",
        ),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as raised:
        read_rows(channel(tmp_path, text), TASK)
    assert str(raised.value) == message


def test_broken_json_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 1: expected a JSON object; found broken JSON: "):
        read_rows(channel(tmp_path, "{\n"), TASK)


def test_a_channel_without_rows_tells_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("text,label")
    with pytest.raises(DataError, match=r"expected rows\.jsonl in the channel .*; found data\.csv\. Upload the rows"):
        read_rows(tmp_path, TASK)


def test_a_spec_gives_its_parts_and_ignores_the_others(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"task": "t", "labels": ["a"], "compute": {}, "base_model": null}')
    spec = Spec.read(tmp_path)
    assert (spec.task, list(spec.labels), spec.base_model) == ("t", ["a"], "")


def test_without_a_spec_channel_nothing_is_said() -> None:
    assert Spec.read(None) == Spec()


@pytest.mark.parametrize("text", ["[]", "{", "3"])
def test_a_broken_spec_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "spec.json").write_text(text)
    with pytest.raises(DataError, match=r"expected a JSON object in .*spec\.json; found .* Upload the spec again\."):
        Spec.read(tmp_path)
