"""A user's way with the command, from the first file to the model's end, on the deployed stack."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.e2e.client import Cloud
from tests.e2e.command_session import CommandSession
from tests.e2e.drops import reviews
from tests.golden import CheckGolden

MODEL = "opinions"


def test_a_users_way_from_the_first_file_to_the_models_end(
    cloud: Cloud, tmp_path: Path, check_golden: CheckGolden
) -> None:
    session = CommandSession(cloud, tmp_path)
    (tmp_path / "first.csv").write_bytes(reviews())
    (tmp_path / "broken.csv").write_bytes(reviews(40) + b",positive\r\n")
    target = ("--local", "--state", str(cloud.state))
    session.run("models", MODEL, *target, code=1)
    # The local cloud is remembered from here on.
    session.run("drop", "first.csv", "--as", MODEL, "--yes")
    session.run("watch", MODEL)
    session.run("predict", MODEL, "good film")
    session.run("drop", "broken.csv", "--as", MODEL, "--yes", code=5)
    session.run("predict", MODEL, "-f", "first.csv", "-o", "answers.csv")
    session.run("report", MODEL)
    session.run("mistakes", MODEL, "-o", "mistakes.csv")
    # A model that is made already goes live as it is, in less time than another training.
    (tmp_path / "model.tar.gz").write_bytes(cloud.archive_of(MODEL))
    session.run("drop", "model.tar.gz", "--as", MODEL, "--yes")
    session.run("rollback", MODEL, "--yes")
    session.run("promote", MODEL, "nobody", "--yes", code=1)
    session.run("delete", MODEL, code=1)
    session.run("delete", MODEL, "--yes")
    session.run("watch", MODEL, code=1)
    check_golden("command.txt", session.text())
    rows = table(tmp_path / "answers.csv")
    assert len(rows) == 160
    assert set(rows[0]) == {"review", "sentiment", "label", "score", "error"}
    assert sum(row["label"] == row["sentiment"] for row in rows) > 80


def test_the_endpoint_and_a_batch_answer_a_file_alike(
    cloud: Cloud, live: str, tmp_path: Path
) -> None:
    session = CommandSession(cloud, tmp_path)
    _, *rows = reviews(50).splitlines()
    faulty = [*rows[:49], b",positive", *rows[49:]]
    (tmp_path / "rows.csv").write_bytes(b"\n".join([b"text,label", *faulty]))
    target = ("--local", "--state", str(cloud.state), "-f", "rows.csv")
    printed = session.run("predict", live, *target, "-o", "asked.csv", code=7)
    batch = ("--batch", "--yes", "-o", "batch.csv")
    answered = session.run("predict", live, *target, *batch, code=7)
    assert printed == answered.replace("batch.csv", "asked.csv")
    assert printed == "50 answers in asked.csv, 1 row without one\n"
    by_endpoint = table(tmp_path / "asked.csv")
    by_batch = table(tmp_path / "batch.csv")
    expected_scores = without_scores(by_batch)
    assert without_scores(by_endpoint) == pytest.approx(expected_scores, abs=1e-4)
    assert by_endpoint == by_batch
    errors = [row["error"] for row in by_endpoint]
    assert errors.count("") == 50
    assert "expected a text; found an empty cell" in by_endpoint[49]["error"]


def without_scores(rows: list[dict[str, str]]) -> list[float]:
    """Takes the scores out of the rows, whose other cells are equal; 0 where a row has none."""
    scores = []
    for row in rows:
        score = row.pop("score")
        scores.append(float(score or 0))
    return scores


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_programs_get_one_json_document(
    cloud: Cloud, live: str, tmp_path: Path
) -> None:
    session = CommandSession(cloud, tmp_path)
    target = ("--local", "--state", str(cloud.state), "--json")
    models = json.loads(session.run("models", *target))["models"]
    assert live in [line["model"] for line in models]
    run = json.loads(session.run("watch", live, *target))
    assert (run["model"], run["status"]) == (live, "live")
    releases = json.loads(session.run("releases", live, *target))["releases"]
    assert releases[0]["run"] == run["run"]
    assert json.loads(session.run("costs", *target))["month"]
    assert json.loads(session.run("doctor", *target))["findings"]
    keys = json.loads(session.run("keys", *target))["keys"]
    assert set(keys) == {"predict", "read", "manage"}
    assert session.run("logs", run["run"], "--local").strip()
