"""How many minutes a training is expected to bill, from what trainings of its kind took before.

The work of a training is counted in token passes: training rows x passes over them x tokens of a row. A training of the
same kind (task, base model, instance type) tells how many of them go into a second, and how many seconds the rest of
its job took: starting, reading, judging, packing. Where none has been measured, `docs/performance.md` has to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.costs import AmountRange, RateSample
from contracts.evaluation import Evaluation
from contracts.run_record import RunRecord
from contracts.spec import Spec
from functions.adapters.cost_book import CostBook
from tasks.hyperparameters import OWN, HyperparameterError, Hyperparameters
from tasks.schedule import Schedule

TOKENS_PER_WORD = 4 / 3
"""The usual rule of thumb for English; where trainings were measured it makes no difference."""
REFERENCE_TOKENS_PER_SECOND = 80.9 * 27
"""docs/performance.md, Training: rows a second of MiniLM x tokens of a row, on two CPU cores."""
REFERENCE_SPEED_RANGE = (0.2, 10.0)
"""Assumed: from a base model that takes five times as long, to a GPU that takes a tenth."""
REFERENCE_OVERHEAD_SECONDS = (60.0, 600.0)
"""Assumed: an image that is there, to one that is loaded, and judging and packing. Never measured on AWS."""
SAMPLE_MARGIN = (0.75, 1.5)
"""How far a training may be from the fastest and the slowest of its kind."""
MEASURED = "By what {trainings} of the same kind took before."
NOT_MEASURED = (
    "No training of this kind has been measured: from docs/performance.md (two CPU cores), at a fifth to ten times "
    "its speed, and 1 to 10 minutes to start, judge and pack."
)
SCRIPT_NOT_MEASURED = "How long the drop's own training script takes is not known: at most its time limit."


def training_kind(spec: Spec, instance_type: str) -> str:
    """The name that trainings share whose speeds are comparable."""
    what = f"script of {spec.model}" if spec.script else f"{spec.task} {spec.variant}"
    machine = f"{instance_type} x{spec.compute.instance_count}"
    return "|".join((what.strip(), spec.base_model, machine))


def token_passes(spec: Spec, record: RunRecord) -> float:
    """The work of the run's training; 0 where its rows are not known, as of a script."""
    rows = 0 if spec.script else spec.data.rows.get("train", 0)
    if not rows:
        return 0.0
    arguments = _arguments(spec.hyperparameters)
    passes = Schedule.of(arguments, rows, 1).epochs
    if spec.search:
        passes *= 1 + spec.search.trials
    return rows * passes * _tokens_of_a_row(record, arguments.max_length)


def _arguments(settings: Mapping[str, Any]) -> Hyperparameters:
    """What decides how long a training is; the job itself refuses settings that are wrong."""
    own = {name: value for name, value in settings.items() if name in OWN}
    if "max_steps" in settings:
        own["max_steps"] = settings["max_steps"]
    try:
        return Hyperparameters.resolve(own, {})
    except HyperparameterError:
        return Hyperparameters()


def _tokens_of_a_row(record: RunRecord, max_length: int) -> float:
    profile = record.data.profile
    words = profile.text.words.median if profile else None
    return min(max_length, max(1.0, words * TOKENS_PER_WORD)) if words else max_length


def expected_seconds(
    work: float, samples: Sequence[RateSample], limit_seconds: float
) -> AmountRange:
    """Billable seconds of the job; `work` is in token passes. Beyond `limit_seconds` the job is stopped."""
    if samples:
        seconds = [_by_sample(work, sample) for sample in samples]
        least, most = min(seconds) * SAMPLE_MARGIN[0], max(seconds) * SAMPLE_MARGIN[1]
    elif work:
        slow, fast = REFERENCE_SPEED_RANGE
        reference = work / REFERENCE_TOKENS_PER_SECOND
        least = REFERENCE_OVERHEAD_SECONDS[0] + reference / fast
        most = REFERENCE_OVERHEAD_SECONDS[1] + reference / slow
    else:
        least, most = REFERENCE_OVERHEAD_SECONDS[0], limit_seconds
    return min(least, limit_seconds), min(most, limit_seconds)


def _by_sample(work: float, sample: RateSample) -> float:
    if not sample.token_passes or not work:
        return sample.billable_seconds
    overhead = max(0.0, sample.billable_seconds - sample.training_seconds)
    return overhead + work / sample.token_passes * sample.training_seconds


def learn_rate(
    spec: Spec, record: RunRecord, evaluation: Evaluation, book: CostBook
) -> None:
    """Keeps what the run's training took for estimates, if it says how fast another would be."""
    sample = _rate_sample(spec, record, evaluation)
    if sample and record.training.instance_type:
        kind = training_kind(spec, record.training.instance_type)
        book.learn(kind, record.try_began_at, sample)


def _rate_sample(
    spec: Spec, record: RunRecord, evaluation: Evaluation
) -> RateSample | None:
    """None of an interrupted job, which bills for work done twice, and of a search, which reports one training."""
    training = record.training
    if not training.billable_seconds or training.interruptions or spec.search:
        return None
    seconds = evaluation.training.seconds or 0.0
    return RateSample(
        run=record.run,
        token_passes=token_passes(spec, record) if seconds else 0.0,
        training_seconds=seconds,
        billable_seconds=training.billable_seconds,
    )
