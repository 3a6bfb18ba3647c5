from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.costs import RateSample
from contracts.evaluation import Evaluation
from contracts.run_record import RunRecord
from contracts.spec import Spec
from functions.costs.durations import (
    REFERENCE_TOKENS_PER_SECOND,
    expected_seconds,
    learn_rate,
    token_passes,
    training_kind,
)
from tests.unit.functions.fakes import MemoryLedger, cost_book
from tests.unit.functions.specs import RUN, evaluation, spec

DAY = 86_400.0
JOB = {"job": "j", "instance_type": "ml.a", "billable_seconds": 100.0}
PLAIN: dict[str, Any] = {"epochs": 2, "max_length": 128}


def written(**changes: Any) -> Spec:
    return Spec.read(spec(hyperparameters=PLAIN) | changes)


def record(words: int | None = 30, **fields: Any) -> RunRecord:
    lengths = {"characters": {}, "words": {} if words is None else {"median": words}}
    profile = {
        "classes": {},
        "text": lengths,
        "duplicates": 0,
        "disputed_texts": 0,
        "seconds": 1.0,
    }
    return MemoryLedger().add(RUN, data={"profile": profile}, **fields)


def sample(work: float, training: float, billable: float) -> RateSample:
    return RateSample("r", work, training, billable)


@pytest.mark.parametrize(
    ("changes", "words", "expected"),
    [
        ({}, 30, 80 * 2 * 40),
        ({}, 3_000, 80 * 2 * 128),
        ({}, None, 80 * 2 * 128),
        ({"search": {"trials": 4}}, 30, 80 * 2 * 40 * 5),
        ({"hyperparameters": PLAIN | {"min_steps": 30}}, 30, 80 * 10 * 40),
        ({"hyperparameters": PLAIN | {"max_steps": 6}}, 30, 80 * 2 * 40),
        ({"script": True}, 30, 0),
        ({"data": {"rows": {}, "prefix": "p"}}, 30, 0),
    ],
)
def test_work_is_rows_by_passes_by_tokens(
    changes: dict[str, Any], words: int | None, expected: float
) -> None:
    assert token_passes(written(**changes), record(words)) == pytest.approx(expected)


def test_settings_that_the_job_will_refuse_are_taken_for_defaults() -> None:
    odd = written(hyperparameters={"epochs": "many"})
    assert token_passes(odd, record(30)) == pytest.approx(80 * 1 * 40)


def test_trainings_of_the_kind_say_how_long_it_takes() -> None:
    """Twice the work: the passes take twice as long, the rest of the job as long as before."""
    samples = [sample(1_000, 60, 100), sample(1_000, 100, 160)]
    least, most = expected_seconds(2_000, samples, DAY)
    assert least == pytest.approx((40 + 120) * 0.75)
    assert most == pytest.approx((60 + 200) * 1.5)


def test_without_a_measurement_the_range_is_wide() -> None:
    work = REFERENCE_TOKENS_PER_SECOND * 100
    assert expected_seconds(work, [], DAY) == pytest.approx((60 + 10, 600 + 500))


def test_a_job_bills_no_more_than_its_time_limit() -> None:
    assert expected_seconds(1e9, [], 3_600) == (3_600, 3_600)
    assert expected_seconds(0, [], 3_600) == (60, 3_600)


def test_a_script_takes_what_it_took_before() -> None:
    assert expected_seconds(0, [sample(0, 0, 200)], DAY) == (150, 300)


def test_a_kind_is_a_task_a_base_model_and_a_machine() -> None:
    assert training_kind(written(), "ml.a") == "text-classification|org/base|ml.a x1"
    script = training_kind(written(script=True), "ml.a")
    assert script == "script of reviews|org/base|ml.a x1"


def test_a_training_is_learnt_from_once() -> None:
    book, done = cost_book(), record(training=JOB)
    evaluated = evaluation() | {"training": {"seconds": 60.0}}
    for _ in range(2):
        learn_rate(written(), done, Evaluation.read(evaluated), book)
    kind = training_kind(written(), "ml.a")
    assert book.rates(kind) == [RateSample(RUN, 6_400, 60, 100)]


@pytest.mark.parametrize(
    ("training", "changes"),
    [
        (JOB | {"interruptions": 1}, {}),
        (JOB | {"billable_seconds": None}, {}),
        (JOB, {"search": {"trials": 4}}),
    ],
)
def test_a_job_that_says_nothing_of_others_is_not_learnt_from(
    training: dict[str, Any], changes: dict[str, Any]
) -> None:
    book = cost_book()
    evaluated = Evaluation.read(evaluation() | {"training": {"seconds": 60.0}})
    learn_rate(written(**changes), record(training=training), evaluated, book)
    assert book.rates(training_kind(written(), "ml.a")) == []


def test_a_script_tells_only_what_it_billed() -> None:
    book, scripted = cost_book(), replace(written(), script=True)
    done = record(training=JOB)
    evaluated = Evaluation.read(evaluation() | {"training": {}})
    learn_rate(scripted, done, evaluated, book)
    assert book.rates(training_kind(scripted, "ml.a")) == [RateSample(RUN, 0, 0, 100)]
