from __future__ import annotations

from typing import Any

import fastjsonschema
import numpy as np
import pytest

from contracts.evaluation import Evaluation, Leakage, TrainingFacts, schema
from contracts.spec import Spec
from tasks import Row, get_task
from training.evaluation.champion import ChampionResult
from training.evaluation.evaluation import evaluate, leakage
from training.inputs.job_inputs import gate_metric
from training.recipes import recipe_of

LABELS = ["negative", "positive"]
RECIPE = recipe_of(get_task("text-classification"), LABELS)
ROWS: list[Row] = [{"text": f"film {n}", "label": LABELS[n % 2]} for n in range(20)]
RIGHT = [
    np.array([3.0, -3.0]) if n % 2 == 0 else np.array([-3.0, 3.0]) for n in range(20)
]


def judged(
    predictions: list[Any], champion: ChampionResult | None = None, **spec: Any
) -> dict[str, Any]:
    evaluation = evaluate(
        RECIPE,
        predictions,
        train=ROWS,
        test=ROWS,
        reference=RECIPE.scorer.reference_baseline(ROWS, ROWS),
        champion=champion,
        spec=Spec.read(spec),
        training=TrainingFacts(rows=20),
    )
    result = evaluation.write()
    fastjsonschema.validate(schema(), result)
    assert Evaluation.read(result).write() == result
    return result


def test_an_unknown_part_does_not_fit_the_schema() -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException, match="surprise"):
        fastjsonschema.validate(schema(), judged(RIGHT) | {"surprise": 1})


def test_a_first_model_has_baselines_and_no_champion() -> None:
    result = judged(RIGHT)
    assert result["model"]["accuracy"] == 1
    assert result["baselines"]["trivial"]["name"] == "always 'negative'"
    assert (
        result["champion"],
        result["champion_reason"],
        result["intervals"]["champion"],
    ) == (
        None,
        None,
        None,
    )
    assert result["intervals"]["difference"]["trivial"][0] > 0
    assert {"python", "torch", "transformers"} <= set(result["versions"])
    assert result["mistakes"] == []


def test_a_champion_stands_beside_the_model_on_the_same_rows() -> None:
    always = RECIPE.scorer.sums([0] * 20, ROWS)
    result = judged(RIGHT, ChampionResult("films-1", always))
    assert result["champion"] == {
        "run": "films-1",
        "name": "the live model (films-1)",
        "metrics": {"accuracy": 0.5, "macro_f1": pytest.approx(1 / 3)},
    }
    low, high = result["intervals"]["difference"]["champion"]
    assert 0 < low < 0.5 < high


def test_a_champion_that_cannot_be_compared_says_why() -> None:
    result = judged(
        RIGHT,
        ChampionResult("films-1", None, "The live model was not compared: it is gone."),
    )
    assert (result["champion"], result["intervals"]["difference"]["champion"]) == (
        None,
        None,
    )
    assert result["champion_reason"] == "The live model was not compared: it is gone."


def test_the_metric_is_the_gates_where_the_task_has_it() -> None:
    assert (
        gate_metric(RECIPE.task, Spec.read({"gate": {"metric": "macro_f1"}}))
        == "macro_f1"
    )
    assert (
        gate_metric(RECIPE.task, Spec.read({"gate": {"metric": "bleu"}})) == "accuracy"
    )
    assert (
        judged(RIGHT, gate={"metric": "macro_f1", "min_gain": 0})["metric"]
        == "macro_f1"
    )


def test_mistakes_are_told_the_most_confident_first() -> None:
    wrong = [*RIGHT[:18], np.array([0.0, 1.0]), np.array([4.0, 0.0])]
    result = judged(wrong)["mistakes"]
    assert [(item["row"], item["expected"], item["found"]) for item in result] == [
        (19, "positive", "negative"),
        (18, "negative", "positive"),
    ]
    assert result[0]["score"] == pytest.approx(0.982, abs=1e-3)


def test_leakage_counts_what_was_left_out_and_what_stands_twice() -> None:
    assert leakage([*ROWS, ROWS[0], ROWS[0]], {"train": 3}) == Leakage(
        train=3, validation=0, duplicates=2
    )
    assert (
        judged(RIGHT, data={"left_out": {"validation": 2}})["leakage"]["validation"]
        == 2
    )
