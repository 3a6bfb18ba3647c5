from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tasks.hyperparameters import Hyperparameters
from tests.unit.training.packaging.onnx_export.judged import (
    RECIPE,
    fragile,
    held_out,
    robust,
)
from training.packaging.onnx_export import precision as choices
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.precision import (
    GraphChoice,
    HeldOutScorer,
    choose_graph,
    spread,
)


def decide(
    model_dir: Path,
    folder: Path,
    precision: str = "auto",
    max_metric_loss: float = 0.005,
    rows: int = 80,
) -> GraphChoice:
    scorer = (
        HeldOutScorer(RECIPE, held_out(model_dir, rows), Hyperparameters(), "accuracy")
        if rows
        else None
    )
    assert RECIPE.trainer.graph is not None
    return choose_graph(
        model_dir,
        "text-classification",
        RECIPE.trainer.graph,
        folder,
        precision=precision,
        max_metric_loss=max_metric_loss,
        scorer=scorer,
    )


def test_int8_is_taken_where_it_is_as_good(tmp_path: Path) -> None:
    result = decide(robust(tmp_path / "model"), tmp_path)
    assert result.graph.manifest.precision == "int8"
    assert result.values == {"float32": 1.0, "int8": 1.0}
    assert result.bytes["int8"] < result.bytes["float32"]
    assert (
        result.reason
        == "int8: accuracy 1.0000 with int8, 1.0000 with float32, within the 0.005 that it may lose."
    )


def test_int8_is_refused_where_the_metric_falls(tmp_path: Path) -> None:
    result = decide(fragile(tmp_path / "model"), tmp_path)
    assert result.graph.manifest.precision == "float32"
    assert result.values["float32"] == 1.0
    assert result.values["int8"] < 0.95
    assert result.reason == (
        f"float32: accuracy {result.values['int8']:.4f} with int8, 1.0000 with float32, "
        "beyond the 0.005 that it may lose."
    )


def test_more_may_be_lost_where_it_is_allowed(tmp_path: Path) -> None:
    assert (
        decide(
            fragile(tmp_path / "model"), tmp_path, max_metric_loss=1.0
        ).graph.manifest.precision
        == "int8"
    )


def test_int8_that_is_asked_for_is_taken_whatever_it_loses(tmp_path: Path) -> None:
    result = decide(fragile(tmp_path / "model"), tmp_path, "int8", max_metric_loss=0.0)
    assert result.graph.manifest.precision == "int8"
    assert result.reason.endswith("1.0000 with float32, taken as asked for.")


def test_float32_that_is_asked_for_is_never_quantized(tmp_path: Path) -> None:
    result = decide(robust(tmp_path / "model"), tmp_path, "float32")
    assert (result.values, list(result.bytes), result.reason) == (
        {"float32": 1.0},
        ["float32"],
        "",
    )
    assert not (tmp_path / "onnx" / "model.int8.onnx").exists()


@pytest.mark.parametrize(
    ("precision", "taken", "reason"),
    [("auto", "float32", ""), ("int8", "int8", "int8 as asked for, not measured.")],
)
def test_without_rows_int8_is_taken_only_where_it_is_asked_for(
    precision: str, taken: str, reason: str, tmp_path: Path
) -> None:
    result = decide(robust(tmp_path / "model"), tmp_path, precision, rows=0)
    assert (result.graph.manifest.precision, result.values, result.reason) == (
        taken,
        {},
        reason,
    )


def test_a_graph_that_cannot_be_had_in_int8_stays_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(graph: Any) -> Any:
        raise NotExportedError("it cannot be had in int8 (ValueError: no)")

    monkeypatch.setattr(choices, "quantized", refuse)
    result = decide(robust(tmp_path / "model"), tmp_path)
    assert result.graph.manifest.precision == "float32"
    assert result.reason == "float32, since it cannot be had in int8 (ValueError: no)."


def test_of_many_rows_some_are_measured_that_are_evenly_spread() -> None:
    assert spread(3) == [0, 1, 2]
    places = spread(25_000)
    assert (len(places), places[0], places[-1]) == (1000, 0, 24_999)
    assert {b - a for a, b in pairwise(places)} == {25, 26}
