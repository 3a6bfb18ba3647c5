"""What the demo computes and promises."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import Any

import pytest

from contracts.run_record import EvaluationSummary
from localcloud.demo import (
    check,
    curl_command,
    evaluation_rows,
    split_rows,
    time_split,
    training_seconds,
)
from tests.unit.localcloud.runs import START, a_run, after, an_evaluation


def evaluation(accuracy: float, reference: float = 0.74) -> EvaluationSummary:
    return EvaluationSummary.read(an_evaluation(accuracy, reference))


def a_split() -> Any:
    return time_split(
        a_run("live", started_at=after(2), ended_at=after(60)),
        START,
        process_seconds=40.0,
    )


def test_the_training_process_is_timed_without_download_and_upload() -> None:
    phases = [
        {
            "Status": "Downloading",
            "StartTime": START,
            "EndTime": START + timedelta(seconds=5),
        },
        {
            "Status": "Training",
            "StartTime": START,
            "EndTime": START + timedelta(seconds=30),
        },
        {
            "Status": "Training",
            "StartTime": START,
            "EndTime": START + timedelta(seconds=2),
        },
        {"Status": "Uploading", "StartTime": START},
    ]
    assert training_seconds({"SecondaryStatusTransitions": phases}) == 32


def test_everything_outside_the_training_process_is_counted_from_the_drop() -> None:
    split = a_split()
    assert (split.total, split.outside) == (60, 20)
    assert split.steps[0] == ("event, settling", 2)


def test_the_table_of_times_ends_with_the_totals() -> None:
    assert split_rows(a_split())[-1] == ("total", "60.0", "40.0", "20.0")
    assert ("training", "56.8", "40.0", "16.8") in split_rows(a_split())


def test_the_model_stands_above_its_baselines() -> None:
    assert evaluation_rows(evaluation(0.8), "MiniLM") == [
        ("MiniLM, fine-tuned", "0.800", "0.800"),
        ("TF-IDF", "0.740", "0.740"),
        ("majority class", "0.500", "0.333"),
    ]


@pytest.mark.parametrize(
    ("accuracy", "reference", "problem"),
    [
        (0.80, 0.74, None),
        (0.77, 0.74, None),
        (0.76, 0.74, "expected an accuracy of at least 0.77; found 0.760."),
        (0.80, 0.81, "expected more than TF-IDF's 0.810; found 0.800."),
    ],
)
def test_the_demo_fails_where_the_model_is_not_as_good_as_promised(
    accuracy: float, reference: float, problem: str | None
) -> None:
    assert check(evaluation(accuracy, reference)) == problem


def test_the_curl_command_survives_a_shell() -> None:
    words = shlex.split(curl_command("http://127.0.0.1:1/live", "m", 'it\'s "good"'))
    assert words[-1] == '{"inputs": "it\'s \\"good\\""}'
