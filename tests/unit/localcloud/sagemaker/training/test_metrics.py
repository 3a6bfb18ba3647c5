from __future__ import annotations

from contracts.metric_lines import metric_definitions, metric_line
from localcloud.sagemaker.training.metrics import MetricCollector, MetricValue

DEFINITIONS = [
    {"Name": "loss", "Regex": r"'loss': ([0-9\.e\-]+)"},
    {"Name": "acc", "Regex": "acc=(.*)"},
]


def test_the_last_value_of_each_metric_is_final() -> None:
    metrics = MetricCollector(DEFINITIONS)
    metrics.read_line("{'loss': 0.5, 'epoch': 1.0}", 1.0)
    metrics.read_line("{'loss': 2e-1, 'epoch': 2.0}", 2.0)
    assert metrics.final_list() == [
        {"MetricName": "loss", "Value": 0.2, "Timestamp": 2.0}
    ]


def test_new_values_are_taken_once() -> None:
    metrics = MetricCollector(DEFINITIONS)
    metrics.read_line("'loss': 1 acc=0.5", 3.0)
    assert metrics.take_unpublished() == [
        MetricValue("loss", 1.0, 3.0),
        MetricValue("acc", 0.5, 3.0),
    ]
    assert metrics.take_unpublished() == []


def test_what_is_not_a_finite_number_is_left_out() -> None:
    metrics = MetricCollector([*DEFINITIONS, {"Name": "no group", "Regex": "x"}])
    for text in ("acc=nan", "acc=inf", "acc=high", "acc=", "x"):
        metrics.read_line(text, 1.0)
    assert metrics.final_list() == []


def test_progress_lines_of_the_training_script_are_found() -> None:
    metrics = MetricCollector(metric_definitions(["step", "train_loss", "loss"]))
    metrics.read_line(metric_line(step=10, train_loss=0.25), 1.0)
    assert {item["MetricName"]: item["Value"] for item in metrics.final_list()} == {
        "step": 10.0,
        "train_loss": 0.25,
    }
