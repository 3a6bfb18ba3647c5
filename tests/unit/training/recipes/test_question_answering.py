from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tasks import Row, get_task
from tests.tiny_models import build_reader
from tests.unit.training.recipes.learning import learn
from training.common.errors import DataError
from training.inputs.base_model import load_base
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.question_answering import normalised, squad_sums

TASK = get_task("question-answering")
LONG = "was this film it of an and that not in on by for with as at from the a very good dull cast plot "


def _row(context: str, *answers: str) -> Row:
    return {
        "question": "was it",
        "context": context,
        "answers": [{"text": item, "start": context.index(item)} for item in answers],
    }


@pytest.fixture(scope="module")
def tokenizer(bert: Path) -> Any:
    return AutoTokenizer.from_pretrained(bert)


def _marked(tokenizer: Any, row: Row, **more: int) -> list[str]:
    """What each window's start and end mark."""
    arguments = resolve({"max_length": 32, "doc_stride": 8} | more, {})
    result = recipe_of(TASK, ()).trainer.encode(tokenizer, [row], arguments)
    return [
        tokenizer.decode(
            item["input_ids"][item["start_positions"] : item["end_positions"] + 1]
        )
        for item in result
    ]


def test_an_answer_is_marked_in_the_window_that_holds_it(tokenizer: Any) -> None:
    result = _marked(
        tokenizer,
        _row(f"{LONG}was this film it of an and that awful scene.", "awful scene"),
    )
    assert result == ["[CLS]", "awful scene"]


def test_each_of_the_overlapping_windows_is_marked(tokenizer: Any) -> None:
    result = _marked(
        tokenizer, _row(f"{LONG}awful scene {LONG}", "awful scene"), doc_stride=12
    )
    assert result.count("awful scene") == 2
    assert set(result) == {"[CLS]", "awful scene"}


def test_no_answer_is_the_first_token(tokenizer: Any) -> None:
    assert _marked(tokenizer, _row("the film")) == ["[CLS]"]


def test_spaces_around_an_answer_are_no_part_of_it(tokenizer: Any) -> None:
    assert _marked(tokenizer, _row("the good film was", " good film ")) == ["good film"]


def test_an_answer_that_no_window_holds_whole_teaches_nothing(tokenizer: Any) -> None:
    with pytest.raises(DataError) as raised:
        _marked(tokenizer, _row(LONG * 2, (LONG * 2)[:160]))
    assert (
        str(raised.value)
        == "expected answers that fit into 32 tokens; found none. Raise max_length."
    )


def test_an_answer_in_a_later_window_is_learnt_and_found(
    bert: Path, tokenizer: Any
) -> None:
    recipe = recipe_of(TASK, ())
    rows = [
        _row(f"{LONG * 2}start awful end.", "awful"),
        _row(f"start great end. {LONG * 2}", "great"),
    ]
    arguments = resolve(
        {"epochs": 40, "learning_rate": 1e-3, "max_length": 32, "doc_stride": 8}, {}
    )
    model, losses = learn(
        recipe, recipe.trainer.load_model(str(bert)), tokenizer, rows, arguments
    )
    assert losses[-1] < 0.1 < losses[0]
    predictions = recipe.trainer.predict(model, tokenizer, rows, arguments)
    assert recipe.scorer.metrics(predictions, rows) == {"f1": 1.0, "exact_match": 1.0}
    best = predictions[0][0]
    assert rows[0]["context"][best["start"] : best["end"]] == "awful"
    assert recipe.served.disagreement(best, predictions[0], 0.02) is None
    assert recipe.served.disagreement(
        best | {"answer": "end"}, predictions[0], 0.02
    ) == (f"'end' at {best['score']:.4f} instead of 'awful' at {best['score']:.4f}")


def test_a_set_with_unanswerable_rows_makes_a_model_that_says_so(
    bert: Path, tokenizer: Any
) -> None:
    recipe = recipe_of(TASK, ())
    rows = [_row("the plot was good", "good"), _row("this scene is dull")]
    arguments = resolve(
        {"epochs": 40, "learning_rate": 1e-3, "max_length": 32, "doc_stride": 8}, {}
    )
    model, _ = learn(
        recipe, recipe.trainer.load_model(str(bert)), tokenizer, rows, arguments
    )
    predictions = recipe.trainer.predict(model, tokenizer, rows, arguments)
    assert [best[0]["answer"] for best in predictions] == ["good", ""]
    assert recipe.scorer.metrics(predictions, rows) == {"f1": 1.0, "exact_match": 1.0}
    details = recipe.scorer.details(predictions, rows)
    assert details["unanswerable"] == 1
    assert details["thresholds"][0].right == 1.0
    assert recipe.trainer.settings(arguments) == {
        "doc_stride": 8,
        "handle_impossible_answer": True,
        "max_answer_len": 15,
    }


def test_answers_may_be_as_long_as_those_of_the_training_rows(tokenizer: Any) -> None:
    recipe = recipe_of(TASK, ())
    recipe.trainer.encode(
        tokenizer, [_row(LONG, LONG[:80])], resolve({"max_length": 64}, {})
    )
    longest: Any = recipe.trainer.settings(resolve({}, {}))["max_answer_len"]
    assert longest > 15


def test_another_answer_that_is_as_good_agrees() -> None:
    recipe = recipe_of(TASK, ())
    prediction = [
        {"answer": "a", "score": 0.40},
        {"answer": "b", "score": 0.39},
        {"answer": "c", "score": 0.1},
    ]
    assert (
        recipe.served.disagreement({"answer": "b", "score": 0.40}, prediction, 0.02)
        is None
    )
    assert (
        recipe.served.disagreement({"answer": "c", "score": 0.1}, prediction, 0.02)
        is not None
    )


@pytest.mark.parametrize(
    ("text", "golds", "exact", "f1"),
    [
        ("The Eiffel Tower!", ["eiffel tower"], 1.0, 1.0),
        ("a big red dog", ["the red dog"], 0.0, 0.8),
        ("red red dog", ["red dog dog"], 0.0, 2 / 3),
        ("cat", ["dog", "cat"], 1.0, 1.0),
        ("cat", ["dog"], 0.0, 0.0),
        ("", [], 1.0, 1.0),
        ("cat", [], 0.0, 0.0),
        ("", ["cat"], 0.0, 0.0),
        ("the", [], 1.0, 1.0),
        ("the-day", ["theday"], 1.0, 1.0),
        ("cat", ["the", "cat"], 1.0, 1.0),
    ],
)
def test_answers_are_scored_as_squad_defines_it(
    text: str, golds: list[str], exact: float, f1: float
) -> None:
    row = {"answers": [{"text": gold} for gold in golds]}
    assert squad_sums([text], [row]).metrics() == pytest.approx(
        {"exact_match": exact, "f1": f1}
    )


def test_normalising_drops_case_punctuation_articles_and_spaces() -> None:
    assert (
        normalised(" The  U.S. and an\tApple, another  theme ")
        == "us and apple another theme"
    )


def test_baselines_answer_from_the_context() -> None:
    recipe = recipe_of(TASK, ())
    row = _row("Good film here. It was dull.", "It was dull.")
    assert recipe.scorer.trivial_baseline([row], [row]).name == "the first three words"
    reference = recipe.scorer.reference_baseline([row], [row])
    assert reference is not None
    assert reference.metrics["exact_match"] == 1.0
    none = recipe.scorer.trivial_baseline([_row("a")], [_row("b")])
    assert (none.name, none.metrics["f1"]) == ("no answer", 1.0)


def test_a_recipe_that_encoded_nothing_answers_as_the_model_was_packed(
    tmp_path: Path,
) -> None:
    long_answer = " ".join(["the film was good"] * 8)
    rows = [_row(f"{long_answer} and dull", long_answer), _row("the plot was bad")]
    arguments = resolve({"max_length": 64}, TASK.defaults)
    trained = recipe_of(TASK, ()).trainer
    model, tokenizer = load_base(trained, str(build_reader(tmp_path)))
    trained.encode(tokenizer, rows, arguments)
    settings: Any = trained.settings(arguments)
    assert settings["max_answer_len"] > 15
    assert settings["handle_impossible_answer"]
    expected = trained.predict(model, tokenizer, rows, arguments)
    assert (
        recipe_of(TASK, ()).trainer.predict(model, tokenizer, rows, arguments)
        == expected
    )
    assert model.config.task_specific_params == {TASK.name: settings}
