"""A whole job of every form of every task, on a few rows and a tiny model."""

from __future__ import annotations

import json
import random
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from contracts.evaluation import Evaluation, schema
from functions.deploy.verify import first_difference
from inference.model.onnx_manifest import OnnxManifest
from tasks import Row, Task, every_variant, get_task
from tests.integration.training.forms import TRIALS, Trial, name_of
from tests.integration.training.running import (
    TEST,
    TRAIN,
    FinishedJob,
    as_a_process,
    run_job,
)
from tests.unit.training.report.page_reader import (
    Page,
    check_accessible,
    check_closed,
    check_coloured,
)
from training.evaluation.champion import ChampionComparison
from training.inputs.job_inputs import Job, JobPaths
from training.recipes import recipe_of
from training.recipes.base import AnyRecipe, Predictions

WRONG: dict[str, Any] = {
    "text-classification": [{"label": "nothing", "score": 0.9}],
    "token-classification": [
        {"entity_group": "PER", "score": 0.99, "word": "a", "start": 3, "end": 4}
    ],
    "question-answering": {"score": 0.9, "start": 0, "end": 1, "answer": "?"},
    "fill-mask": [{"score": 2.0, "token": 5, "token_str": "a", "sequence": "a"}],
    "feature-extraction": [-2.0],
}
"""An answer that no model of these would give, by task; of all others, a text."""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


ALWAYS = ("token-classification", "question-answering", "text-generation")
"""Forms whose answers are made in ways of their own: tags, places and written texts.

The one label of a text is that of all other jobs in `tests/integration` and `tests/e2e`; the tests of recipes train
every form on a few rows.
"""


def _param(task: Task) -> Any:
    marks = () if name_of(task) in ALWAYS else pytest.mark.slow
    return pytest.param(task, id=name_of(task), marks=marks)


@pytest.mark.parametrize("task", [_param(task) for task in every_variant()])
def test_a_job_of_every_form(
    task: Task, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One test, for the job is what takes the time."""
    done = run_job(tmp_path, task, TRIALS[name_of(task)])
    assert "left out" not in capsys.readouterr().out
    _the_model_learns(done)
    _the_report_opens_anywhere(done)
    _the_archive_is_complete(done)
    _the_archive_answers_as_was_written_down(done)
    _an_encoder_has_a_graph_that_is_as_good(done)
    _answers_of_another_model_would_be_noticed(done)
    _as_its_own_champion_it_is_as_good(done)


def _the_model_learns(done: FinishedJob) -> None:
    evaluation = done.output("evaluation")
    assert (evaluation["task"], evaluation["variant"], evaluation["rows"]) == (
        done.task.name,
        done.task.variant,
        TEST,
    )
    assert evaluation["training"]["rows"] == TRAIN
    baselines = [
        baseline["metrics"] for baseline in evaluation["baselines"].values() if baseline
    ]
    for metrics in (evaluation["model"], *baselines):
        assert set(metrics) == set(done.task.metrics)
    assert (
        evaluation["model"][done.task.metric]
        > evaluation["baselines"]["trivial"]["metrics"][done.task.metric]
    )
    fastjsonschema.validate(schema(), evaluation)
    assert Evaluation.read(evaluation).write() == evaluation
    assert evaluation["baselines"]["reference"]
    for name in ("model", "trivial", "reference"):
        assert set(evaluation["intervals"][name]) == set(done.task.metrics)
    low, high = evaluation["intervals"]["model"][done.task.metric]
    assert low <= evaluation["model"][done.task.metric] <= high


FIGURES = {
    "text-classification": "True and predicted labels",
    "text-classification/multi-label": "Each label, the one with the lowest F1 first",
    "text-classification/regression": "Predicted number by true number",
    "token-classification": "True and predicted labels",
    "token-classification/spans": "True and predicted labels",
    "feature-extraction": "Cosine similarity by true similarity",
    "feature-extraction/pairs": "How far true pairs and shuffled pairs are told apart",
    "feature-extraction/texts": "How far true pairs and shuffled pairs are told apart",
}
"""What the report shows of the single rows; of all others, a histogram of their scores."""


def _the_report_opens_anywhere(done: FinishedJob) -> None:
    source = (done.folder / "output" / "report.html").read_text("utf-8")
    page = Page(source)
    check_closed(page)
    check_accessible(page)
    check_coloured(page)
    assert len(source) < 200_000
    expected = (
        FIGURES.get(name_of(done.task), "of single held-out rows"),
        "Loss by step",
        "Words of a training input",
    )
    for text in expected:
        assert text in page.text
    history = done.output("evaluation")["history"]
    assert {"step", "epoch", "train_loss", "learning_rate"} <= {
        name for point in history for name in point
    }
    assert [
        point
        for point in history
        if f"eval_{done.task.metric}" in point or "eval_loss" in point
    ]
    card = (done.folder / "output" / "README.md").read_text("utf-8")
    assert card == (done.model / "README.md").read_text("utf-8")


def _the_archive_is_complete(done: FinishedJob) -> None:
    names = {path.name for path in done.model.iterdir()}
    assert {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "README.md",
        "code",
    } <= names
    code = {path.name for path in (done.model / "code").iterdir()}
    assert code == {"inference.py", "contracts", "tasks", "traindrop"}
    assert not [
        name
        for name in names
        if name.startswith(("checkpoint", "adapter", "training_args"))
    ]
    assert f"\npipeline_tag: {done.task.name}\n" in (
        done.model / "README.md"
    ).read_text("utf-8")


def _the_archive_answers_as_was_written_down(done: FinishedJob) -> None:
    rows = done.output("verification")["rows"]
    served = _recipe(done).served
    assert [row["request"] for row in rows] == [
        served.request(row) for row in done.held_out()[:16]
    ]
    for row in rows:
        fastjsonschema.validate(done.task.request_schema, row["request"])
        fastjsonschema.validate(done.task.response_schema, row["response"])
    answers = done.answers([row["request"] for row in rows[:4]])
    assert _rounded(answers) == _rounded([row["response"] for row in rows[:4]])


def _as_its_own_champion_it_is_as_good(done: FinishedJob) -> None:
    """By the code in its archive, on the same rows, whatever the task."""
    channel = done.folder / "champion"
    channel.mkdir()
    with tarfile.open(channel / "model.tar.gz", "w:gz") as archive:
        archive.add(done.model, ".")
    folder = done.folder
    paths = JobPaths(
        folder,
        folder,
        folder,
        folder,
        train=folder / "train",
        test=folder / "test",
        champion=channel,
    )
    spec = {
        "task": done.task.name,
        "variant": done.task.variant,
        "labels": list(done.trial.labels),
    }
    (channel / "spec.json").write_text(
        json.dumps(spec | {"base_model": "org/tiny"}), "utf-8"
    )
    job = Job.read(done.trial.hyperparameters, replace(paths, spec=channel))
    with as_a_process():
        champion = ChampionComparison(job).result(_predictions(done))
    assert champion.reason == ""
    assert champion.sums is not None
    # Served in other batches, cosines that are as good as equal change places.
    near = 0.02 if done.task.name == "feature-extraction" else 1e-3
    assert champion.sums.metrics() == pytest.approx(
        done.output("evaluation")["model"], abs=near
    )
    changes = champion.changes
    if changes is not None:
        assert (changes.new_mistakes, changes.gone_mistakes) == (0, 0)
        assert changes.labels == ()


def _an_encoder_has_a_graph_that_is_as_good(done: FinishedJob) -> None:
    evaluation, graph, metric = (
        done.output("evaluation")["serving"],
        OnnxManifest.read(done.model),
        done.task.metric,
    )
    interface = _recipe(done).trainer.graph
    if interface is None:
        reason = f"There is no graph: a model of {done.task.name} writes texts, which torch serves."
        assert (evaluation, graph) == (
            {"engine": "torch", "precision": "float32", "reason": reason},
            None,
        )
        return
    assert graph is not None, evaluation["reason"]
    assert (evaluation["engine"], evaluation["precision"], evaluation["rows"]) == (
        "onnxruntime",
        graph.precision,
        TEST,
    )
    # A graph in int8 answers otherwise than the weights do, and what is served is what is reported.
    served = "int8" if graph.precision == "int8" else "torch"
    assert evaluation["values"][served] == pytest.approx(
        done.output("evaluation")["model"][metric], abs=1e-6
    )
    assert evaluation["values"]["float32"] == pytest.approx(
        evaluation["values"]["torch"], abs=1e-3
    )
    assert (
        evaluation["values"]["float32"] - evaluation["values"]["int8"] <= 0.005
    ) == (graph.precision == "int8")
    assert graph.measured == {"metric": metric, "rows": TEST, **evaluation["values"]}
    assert evaluation["bytes"][graph.precision] == graph.path(done.model).stat().st_size
    assert [path.name for path in (done.model / "onnx").glob("*.onnx")] == [graph.file]
    assert graph.outputs == list(interface.outputs)
    for row in done.output("verification")["rows"][:4]:
        (answer,) = done.answers([row["request"]], engine="onnxruntime")
        assert first_difference(row["graph_response"], answer, 1e-4) is None


def _answers_of_another_model_would_be_noticed(done: FinishedJob) -> None:
    served, predictions = _recipe(done).served, _predictions(done)[:4]
    for prediction, row in zip(
        predictions, done.output("verification")["rows"], strict=False
    ):
        assert served.disagreement(row["response"], prediction, 0.02) is None
    wrong = WRONG.get(done.task.name, [{"generated_text": "something else"}])
    # Where the first token is a tie, any text will do.
    assert any(
        served.disagreement(wrong, prediction, 0.02) for prediction in predictions
    )


def _recipe(done: FinishedJob) -> AnyRecipe:
    return recipe_of(done.task, done.trial.labels)


def _predictions(done: FinishedJob) -> Predictions:
    """The packed model's, of the held-out rows."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    from inference.predictors import loader_of  # noqa: PLC0415
    from training.inputs.hyperparameters import resolve  # noqa: PLC0415

    model = loader_of(done.task.name)(done.model).model  # type: ignore[attr-defined]
    arguments = resolve(done.trial.hyperparameters, done.task.defaults)
    tokenizer = AutoTokenizer.from_pretrained(done.model)
    return _recipe(done).trainer.predict(model, tokenizer, done.held_out(), arguments)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 2) if isinstance(value, float) else value


def test_adapters_are_chosen_by_the_validation_rows_and_merged(tmp_path: Path) -> None:
    task = get_task("text-classification")
    done = run_job(
        tmp_path, task, TRIALS[task.name], lora=True, epochs=6, learning_rate=5e-3
    )
    assert done.output("evaluation")["model"]["accuracy"] == 1.0
    assert "adapter_config.json" not in {path.name for path in done.model.iterdir()}
    assert done.config()["id2label"] == {"0": "negative", "1": "positive"}


def test_labels_that_look_like_numbers_stay_names(tmp_path: Path) -> None:
    def row(draw: random.Random) -> Row:
        label, word = draw.choice((("1", "good"), ("2.0", "bad"), ("größe", "dull")))
        return {"text": f"{word} film", "label": label}

    trial = Trial(
        row,
        ("1", "2.0", "größe"),
        hyperparameters={"epochs": 3, "min_steps": 0, "learning_rate": 1e-3},
    )
    done = run_job(tmp_path, get_task("text-classification"), trial)
    assert done.config()["id2label"] == {"0": "1", "1": "2.0", "2": "größe"}
    ((answer,),) = done.answers([{"inputs": "good film"}])
    assert answer["label"] == "1"
