from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.__main__ import main
from contracts.run_record import DataRecord, ProblemRecord, RunStatus
from tests.unit.functions.drops import Desk, reviews


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "data.csv").write_text(reviews())
    return folder


def test_a_drop_that_is_ready_shows_what_will_be_learnt(
    drop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(drop)]) == 0
    output = capsys.readouterr().out
    assert output.startswith(f"{drop}: ready to be dropped\n")
    assert "task        text-classification" in output
    assert "labels      bad (10), good (10)" in output
    assert "rows        16 train, 4 test" in output
    assert "judged by   accuracy" in output
    assert (
        "training    epochs 2, 100 steps at least, learning_rate 0.0001, batch 32"
        in output
    )
    assert "  1. text: a film of kind " in output


def test_a_single_file_is_checked_as_a_drop_of_its_name(
    drop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(drop / "data.csv"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"] == "data"
    assert document["spec"]["labels"] == ["bad", "good"]
    assert len(document["first_rows"]["train"]) == 3


def test_the_fields_for_programs_are_those_of_the_run_record(
    drop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check", str(drop), "--json"])
    document = json.loads(capsys.readouterr().out)
    record = Desk().inspect({"data.csv": reviews()})
    assert document["warnings"] == record["warnings"]
    checked, recorded = document["data"], record["data"]
    assert DataRecord.read(checked).columns == {"text": "text", "label": "label"}
    del checked["profile"]["seconds"], recorded["profile"]["seconds"]
    assert checked == recorded


def test_a_refused_drop_names_its_problems_and_exits_with_1(
    drop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (drop / "data.csv").write_text(reviews() + ",good\n")
    assert main(["check", str(drop)]) == 1
    output = capsys.readouterr().out
    assert "would be refused, 1 problem" in output
    assert "data.csv, row 22, column 'text': expected" in output
    main(["check", str(drop), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["status"]) == ("refused", RunStatus.REJECTED)
    assert ProblemRecord.read(document["problems"][0]).row == 22


def test_a_folder_without_data_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".hidden").write_text("x")
    assert main(["check", str(tmp_path)]) == 1
    assert "expected files of a dataset; found none." in capsys.readouterr().out


def test_a_drop_that_can_be_read_in_several_ways_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"a film of number {number},{number}" for number in range(101)]
    (tmp_path / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    assert main(["check", str(tmp_path)]) == 2
    assert "can be read in more than one way" in capsys.readouterr().out
