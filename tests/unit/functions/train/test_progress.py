from __future__ import annotations

from typing import Any

import pytest

from contracts.run_record import Training
from functions.train.progress import hides_metrics, logged_metrics, with_progress

DEFINITIONS = {
    "AlgorithmSpecification": {
        "MetricDefinitions": [
            {"Name": "loss", "Regex": r"loss=([0-9.nai]+)"},
            {"Name": "step", "Regex": r"step=([0-9]+)"},
        ]
    }
}


def test_what_a_description_does_not_say_stays() -> None:
    before = Training(job="j", phase="Downloading", seconds=3, metrics={"loss": 1.0})
    assert with_progress(before, {}) == before


def test_interruptions_are_counted_and_metrics_are_finite() -> None:
    transitions = ["Starting", "Training", "Interrupted", "Starting", "Interrupted"]
    job: dict[str, Any] = {
        "SecondaryStatusTransitions": [{"Status": status} for status in transitions],
        "FinalMetricDataList": [
            {"MetricName": "b", "Value": 0.5},
            {"MetricName": "a", "Value": float("inf")},
        ],
    }
    after = with_progress(Training(job="j"), job)
    assert (after.interruptions, after.metrics) == (2, {"b": 0.5})


@pytest.mark.parametrize(
    ("job", "hides"),
    [
        (DEFINITIONS | {"SecondaryStatus": "Training"}, True),
        (DEFINITIONS | {"SecondaryStatus": "Downloading"}, False),
        ({"SecondaryStatus": "Training"}, False),
        (
            DEFINITIONS
            | {"SecondaryStatus": "Training", "FinalMetricDataList": [{"Value": 1}]},
            False,
        ),
    ],
)
def test_the_log_is_read_only_where_a_training_job_tells_no_metric(
    job: dict[str, Any], hides: bool
) -> None:
    assert hides_metrics(job) is hides


def test_the_last_line_with_a_metric_counts() -> None:
    lines = ["step=1 loss=0.9", "step=2 loss=0.8", "saved step=3"]
    assert logged_metrics(DEFINITIONS, lines) == {"loss": 0.8, "step": 3.0}
    assert logged_metrics(DEFINITIONS, ["loss=nan"]) == {}
