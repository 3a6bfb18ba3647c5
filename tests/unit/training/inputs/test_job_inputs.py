from __future__ import annotations

from pathlib import Path

import pytest

from contracts.spec import Spec
from tasks import get_task
from training.common.errors import DataError
from training.inputs.job_inputs import JobPaths, read_rows, read_spec

TASK = get_task("text-classification")


def test_without_variables_the_container_layout_holds() -> None:
    paths = JobPaths.read({})
    assert paths == JobPaths(
        model=Path("/opt/ml/model"),
        output_data=Path("/opt/ml/output/data"),
        checkpoints=Path("/opt/ml/checkpoints"),
        failure=Path("/opt/ml/output/failure"),
    )


def test_variables_move_everything() -> None:
    paths = JobPaths.read(
        {
            "SM_MODEL_DIR": "/b/model",
            "SM_OUTPUT_DATA_DIR": "/b/out/data",
            "SM_CHANNEL_TRAIN": "/b/t",
        }
    )
    assert (paths.checkpoints, paths.failure, paths.train) == (
        Path("/b/checkpoints"),
        Path("/b/out/failure"),
        Path("/b/t"),
    )


def test_the_output_directory_is_taken_where_it_is_told() -> None:
    assert JobPaths.read(
        {"SM_OUTPUT_DIR": "/x", "SM_OUTPUT_DATA_DIR": "/y/data"}
    ).failure == Path("/x/failure")


def test_a_channel_that_is_needed_and_missing_is_named() -> None:
    with pytest.raises(DataError) as raised:
        JobPaths.read({"SM_CHANNEL_TRAIN": ""}).channel("train")
    assert (
        str(raised.value)
        == "expected a channel 'train'; found none (SM_CHANNEL_TRAIN). Add it to the job."
    )


def channel(folder: Path, text: str) -> Path:
    path = folder / "train"
    path.mkdir()
    (path / "rows.jsonl").write_text(text, "utf-8")
    return path


def test_rows_are_read_in_order_and_blank_lines_skipped(tmp_path: Path) -> None:
    path = channel(
        tmp_path, '{"text": "ä", "label": "x"}\n\n{"text": "b", "label": "y"}\n'
    )
    assert list(read_rows(path, TASK)) == [
        {"text": "ä", "label": "x"},
        {"text": "b", "label": "y"},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected rows in train/rows.jsonl; found none. Drop more data."),
        (
            "[1]\n",
            "train/rows.jsonl, row 1: expected a JSON object; found list. Correct the line.",
        ),
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
    with pytest.raises(
        DataError, match="row 1: expected a JSON object; found broken JSON: "
    ):
        read_rows(channel(tmp_path, "{\n"), TASK)


def test_a_channel_without_rows_tells_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("text,label")
    with pytest.raises(
        DataError,
        match=r"expected rows\.jsonl in the channel .*; found data\.csv\. Upload the rows",
    ):
        read_rows(tmp_path, TASK)


def test_a_spec_gives_its_parts_and_ignores_the_others(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(
        '{"task": "t", "labels": ["a"], "compute": {}, "base_model": null}'
    )
    spec = read_spec(tmp_path)
    assert (spec.task, list(spec.labels), spec.base_model) == ("t", ["a"], "")


def test_without_a_spec_channel_nothing_is_said() -> None:
    assert read_spec(None) == Spec()


@pytest.mark.parametrize("text", ["[]", "{", "3"])
def test_a_broken_spec_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "spec.json").write_text(text)
    with pytest.raises(
        DataError,
        match=r"expected a JSON object in .*spec\.json; found .* Upload the spec again\.",
    ):
        read_spec(tmp_path)


def test_a_wrong_field_of_the_spec_is_named(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"labels": "a"}')
    with pytest.raises(
        DataError, match=r'^spec\.json, labels: expected a list; found "a"\. '
    ):
        read_spec(tmp_path)
