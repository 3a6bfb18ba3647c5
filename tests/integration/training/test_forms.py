"""A whole job of every form of every task, on a few rows and a tiny model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fastjsonschema
import pytest

from tasks import Task, every_form
from tests.integration.training.forms import TRIALS, name_of
from tests.integration.training.running import TEST, TRAIN, Done, run_job
from training.tasks import recipe_of

WRONG: dict[str, Any] = {
    "text-classification": [{"label": "nothing", "score": 0.9}],
    "token-classification": [{"entity_group": "PER", "score": 0.99, "word": "a", "start": 3, "end": 4}],
    "question-answering": {"score": 0.9, "start": 0, "end": 1, "answer": "?"},
    "fill-mask": [{"score": 2.0, "token": 5, "token_str": "a", "sequence": "a"}],
    "feature-extraction": [-2.0],
}
"""An answer that no model of these would give, by task; of all others, a text."""


@pytest.fixture(scope="module", params=list(every_form()), ids=name_of)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    task: Task = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield run_job(tmp_path_factory.mktemp("job"), task, TRIALS[name_of(task)])


def test_a_job_of_every_form(done: Done) -> None:
    """One test, for the job is what takes the time."""
    _the_model_learns(done)
    _the_archive_is_complete(done)
    _the_archive_answers_as_was_written_down(done)
    _answers_of_another_model_would_be_noticed(done)


def _the_model_learns(done: Done) -> None:
    found = done.output("evaluation")
    assert (found["task"], found["variant"], found["rows"]) == (done.task.name, done.task.variant, TEST)
    assert found["training"]["rows"] == TRAIN
    baselines = [each["metrics"] for each in found["baselines"].values() if each]
    for metrics in (found["model"], *baselines):
        assert set(metrics) == set(done.task.metrics)
    assert found["model"][done.task.metric] > found["baselines"]["trivial"]["metrics"][done.task.metric]


def _the_archive_is_complete(done: Done) -> None:
    names = {path.name for path in done.model.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "code"} <= names
    assert {path.name for path in (done.model / "code").iterdir()} == {"inference.py", "tasks", "traindrop"}
    assert not [name for name in names if name.startswith(("checkpoint", "adapter", "training_args"))]
    assert f'pipeline_tag: "{done.task.name}"' in (done.model / "README.md").read_text("utf-8")


def _the_archive_answers_as_was_written_down(done: Done) -> None:
    rows = done.output("verification")["rows"]
    recipe = recipe_of(done.task)
    assert [row["request"] for row in rows] == [recipe.request(row) for row in done.held_out()[:16]]
    for row in rows:
        fastjsonschema.validate(done.task.request_schema, row["request"])
        fastjsonschema.validate(done.task.response_schema, row["response"])
    answers = done.answers([row["request"] for row in rows])
    assert _rounded(answers) == _rounded([row["response"] for row in rows])


def _answers_of_another_model_would_be_noticed(done: Done) -> None:
    from transformers import AutoTokenizer  # noqa: PLC0415

    from inference.predictors import loader_of  # noqa: PLC0415
    from training.arguments import resolve  # noqa: PLC0415

    recipe = recipe_of(done.task)
    model = loader_of(done.task.name)(done.model).model  # type: ignore[attr-defined]
    arguments = resolve(done.trial.hyperparameters, done.task.defaults)
    tokenizer = AutoTokenizer.from_pretrained(done.model)
    (prediction, *_) = recipe.predict(model, tokenizer, done.held_out()[:2], arguments)
    (row, *_) = done.output("verification")["rows"]
    assert recipe.disagreement(row["response"], prediction, done.trial.labels, 0.02) is None
    wrong = WRONG.get(done.task.name, [{"generated_text": "something else"}])
    assert recipe.disagreement(wrong, prediction, done.trial.labels, 0.02)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return round(value, 2) if isinstance(value, float) else value
