"""The whole job.

Read what is to be made, start the baselines aside, fine-tune, pack, then judge the model while another process serves
the packed folder, and compare the two.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.evaluation import Evaluation
from contracts.failures import JOB_FAILED
from tasks import Row, find_task, get_task
from training import failures, log, report, thread_settings
from training.arguments import Arguments, parse_argv, resolve
from training.base_model import fitting, load_base, source_of
from training.data import read_rows
from training.evaluation.comparisons import Rivals
from training.evaluation.evaluation import evaluation, summary
from training.fine_tuning import memory
from training.inputs import Places
from training.log import is_main_process, say, say_metrics
from training.model_card import CardInfo, model_card
from training.packaging.verification import TOLERANCE, ServingCheck, compare, requests_of, say_own
from training.recipes import Recipe, recipe_of
from training.recipes.base import Predictions
from training.report import facts
from training.spec import Spec
from training.user_script.run import run as run_user_script

if TYPE_CHECKING:
    from training.fine_tuning.batching import Encoded
    from training.fine_tuning.checkpoints import StopSignal
    from training.fine_tuning.device import Device
    from training.fine_tuning.trainer import LengthGroupedTrainer

TRACEBACK_LINES = 30


def main() -> int:
    """Runs the job of this process's arguments and environment; the exit code."""
    thread_settings.apply()
    places = Places.read(os.environ)
    try:
        spec = Spec.read(places.spec)
        if spec.script:
            write_results(places, run_user_script(sys.argv[1:], places, spec))
        else:
            run(sys.argv[1:], places)
    except Exception as error:
        told = failures.explain(error)
        failures.write(places.failure, told)
        lines = "".join(traceback.format_exception(error)).splitlines()
        print("\n".join([*lines[-TRACEBACK_LINES:], f"{JOB_FAILED}{told}"]), file=sys.stderr, flush=True)
        return 1
    return 0


def run(argv: Sequence[str], places: Places) -> None:
    given = parse_argv(argv)
    job = Job.read(given, places)
    rivals = Rivals(job, given) if is_main_process() else None
    try:
        _run(job, rivals)
    finally:
        if rivals:
            rivals.stop()


@dataclass(frozen=True)
class Job:
    """Everything that is read before anything is computed."""

    arguments: Arguments
    places: Places
    spec: Spec
    recipe: Recipe
    base: str
    labels: list[str]
    train: list[Row]
    test: list[Row]
    validation: list[Row]

    @classmethod
    def read(cls, given: Mapping[str, Any], places: Places) -> Job:
        """Raises `JobError` for whatever is missing or wrong."""
        spec = Spec.read(places.spec)
        task = get_task(spec.task or "text-classification", spec.variant)
        if given.get("task") and given["task"] != task.name:
            task = find_task(given["task"])
        arguments = resolve({**spec.hyperparameters, **given}, task.defaults)
        base = source_of(places.base, arguments.base_model or spec.base_model)
        train, test = (read_rows(places.channel(name), task) for name in ("train", "test"))
        validation = read_rows(places.validation, task) if places.validation else []
        labels = list(spec.labels) or sorted({label for row in train for label in task.labels_of(row)})
        held = f"{len(validation):,} to validate, " if validation else ""
        say(f"{task.title}: {len(train):,} rows to train, {held}{len(test):,} to test, {len(labels):,} labels")
        return cls(arguments, places, spec, recipe_of(task), base, labels, train, test, validation)

    @property
    def own_code(self) -> bool:
        """Whether the drop's own hooks answer, so that only they know what is right."""
        return bool(self.spec.hooks)

    @property
    def title(self) -> str:
        return self.spec.model or "model"

    @property
    def base_name(self) -> str:
        """As a person knows it: the channel is only where it lies."""
        return self.arguments.base_model or self.spec.base_model


def _run(job: Job, rivals: Rivals | None) -> None:
    # Late, so that a job whose input is wrong says so at once.
    say("Loading torch and transformers")
    from training.fine_tuning.checkpoints import StopSignal  # noqa: PLC0415

    stop = StopSignal()
    stop.listen()
    log.quieten_libraries()
    fitted = _fit(job, stop)
    if rivals:
        fitted.finish(rivals)


def _fit(job: Job, stop: StopSignal) -> Fitted:
    from training.fine_tuning import device  # noqa: PLC0415

    machine = device.prepare()
    return memory.train_with_retry(lambda tried: _attempt(job, tried, stop, machine), job.arguments)


def _attempt(job: Job, tried: memory.Tried, stop: StopSignal, machine: Device) -> Fitted:
    from transformers import set_seed  # noqa: PLC0415

    from training.fine_tuning import trainer as fine_tuning  # noqa: PLC0415

    set_seed(job.arguments.seed)
    say(f"Loading the base model {job.base_name or job.base}")
    model, tokenizer = load_base(job.recipe, job.base, job.labels)
    arguments = fitting(tried.arguments, model, tokenizer)
    model = job.recipe.prepare(model, tokenizer, arguments)
    sets, cut = _encode(job, tokenizer, arguments)
    plan = fine_tuning.Plan.of(arguments, len(sets["train"]), int(os.environ.get("WORLD_SIZE") or 1))
    trainer = fine_tuning.build_trainer(
        model,
        fine_tuning.training_arguments(arguments, job.places, machine, plan, _best_by(job)),
        job.recipe.collator(tokenizer, machine.padding_multiple, arguments),
        job.recipe,
        train=sets["train"],
        validation=sets.get("validation"),
    )
    say(f"Training on {machine.name}: {plan.epochs:g} epochs, {plan.steps:,} steps")
    seconds = fine_tuning.train(trainer, arguments, job.places, stop)
    facts = _facts(len(job.train), float(trainer.state.epoch or 0), seconds, machine.name) | tried.facts
    say(f"Trained in {facts['seconds']:.1f} s: {facts['rows_per_second']:.1f} rows/s")
    return Fitted(job, trainer, tokenizer, arguments, facts, cut)


def _best_by(job: Job) -> str | None:
    from training.recipes.base import Recipe  # noqa: PLC0415

    if not job.validation:
        return None
    measures = type(job.recipe).measure_logits is not Recipe.measure_logits
    return job.recipe.task.metric if measures else "loss"


def _encode(job: Job, tokenizer: Any, arguments: Arguments) -> tuple[dict[str, Encoded], float]:
    """The splits, and the share of the training examples that are as long as examples may be."""
    from training.fine_tuning.batching import Encoded  # noqa: PLC0415

    splits = {"train": job.train, "validation": job.validation}
    sets = {
        name: Encoded(job.recipe.encode(tokenizer, rows, job.labels, arguments))
        for name, rows in splits.items()
        if rows
    }
    lengths, most = sets["train"].lengths, arguments.max_length
    cut = int((lengths >= most).sum())
    say(f"Tokenized: {int(lengths.sum()):,} tokens to train, {lengths.mean():.0f} an example, {cut:,} reach {most}")
    return sets, cut / len(lengths)


def _facts(rows: int, epochs: float, seconds: float, device: str) -> dict[str, Any]:
    """`training` of `evaluation.json`."""
    return {
        "rows": rows,
        "epochs": round(epochs, 4),
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows * epochs / seconds, 2),
        "device": device,
    }


@dataclass(frozen=True)
class Fitted:
    """A trained model, and what is needed to judge and pack it."""

    job: Job
    trainer: LengthGroupedTrainer
    tokenizer: Any
    arguments: Arguments
    training: dict[str, Any]
    """As in `evaluation.json`."""
    cut: float
    """The share of the training examples that are as long as examples may be."""

    def finish(self, rivals: Rivals) -> None:
        """Packs, judges and checks. Raises `ServingError`."""
        from training.packaging.onnx_export.export_job import ExportRun, Subject  # noqa: PLC0415
        from training.packaging.packing import pack  # noqa: PLC0415

        job, places, recipe = self.job, self.job.places, self.job.recipe
        # Judged in single precision, as it will serve.
        trained = self.trainer.accelerator.unwrap_model(self.trainer.model, keep_fp32_wrapper=False)
        model = recipe.merged(trained).eval()
        pack(
            model, self.tokenizer, places.model, recipe.task.name, recipe.settings(self.arguments), own_code=places.code
        )
        say("Packed the model; serving it in another process while the test rows are evaluated")
        asked = [job.spec.example] if job.own_code and job.spec.example is not None else requests_of(recipe, job.test)
        self._give_back()
        check = ServingCheck(places.model, asked, recipe.task.name, engine="torch")
        graph = ExportRun(Subject.of(job, self.arguments.all))
        try:
            predictions = memory.predict_with_retry(
                lambda arguments: recipe.predict(model, self.tokenizer, job.test, arguments), self.arguments
            )
            judged = evaluation(
                recipe,
                predictions,
                (job.train, job.test),
                job.labels,
                reference=rivals.reference(),
                champion=rivals.champion(predictions),
                spec=job.spec,
                training=self.training,
            )
            judged["history"] = self._history()
            say_metrics(**{f"eval_{name}": value for name, value in judged["model"].items()})
            say(f"Evaluated: {summary(judged)}")
            rows = check.rows(lenient=job.own_code and job.spec.example is None)
            if job.own_code:
                say_own(rows)
            else:
                compare(recipe, rows, predictions, job.labels)
                say(f"The packed model serves, and answers {len(rows)} held-out rows as the trained one does")
            judged["serving"] = graph.packed(predictions, rows)
        finally:
            check.stop()
            graph.stop()
        self._write(judged, predictions, {"tolerance": TOLERANCE, "rows": rows})

    def _give_back(self) -> None:
        """Gradients and the optimizer's moments, three times the weights: another process needs the room now."""
        self.trainer.model.zero_grad(set_to_none=True)
        self.trainer.optimizer = self.trainer.lr_scheduler = None
        self.trainer.accelerator.free_memory()

    def _history(self) -> list[dict[str, Any]]:
        from training.fine_tuning.progress import history  # noqa: PLC0415

        return history(self.trainer.state.log_history)

    def _write(self, judged: dict[str, Any], predictions: Predictions, verification: dict[str, Any]) -> None:
        job, output = self.job, self.job.places.output_data
        card = model_card(Evaluation.read(judged), CardInfo(job.title, job.base_name, self.arguments.all, job.spec.run))
        output.mkdir(parents=True, exist_ok=True)
        for folder in (job.places.model, output):
            (folder / "README.md").write_text(card, "utf-8")
        report.write(output, lambda: self._facts_of(judged, predictions))
        write_results(job.places, {"evaluation": judged, "verification": verification})

    def _facts_of(self, judged: dict[str, Any], predictions: Predictions) -> report.Facts:
        job, task = self.job, self.job.recipe.task
        splits = {"train": job.train, "validation": job.validation, "test": job.test}
        requests = [job.spec.example] if job.own_code else requests_of(job.recipe, job.test)
        return report.Facts(
            job.title,
            task.title,
            Evaluation.read(judged),
            run=job.spec.run,
            base_model=job.base_name,
            hyperparameters=self.arguments.all,
            profile=facts.Profile.of(task, splits, self.cut),
            points=facts.Points.of(job.recipe, predictions, job.test, job.labels),
            request=min(requests, key=lambda request: len(str(request))),
            machine=facts.machine(os.environ),
        )


def write_results(places: Places, results: Mapping[str, Any]) -> None:
    """What the functions read of a job, as `<name>.json` each."""
    places.output_data.mkdir(parents=True, exist_ok=True)
    for name, content in results.items():
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (places.output_data / f"{name}.json").write_text(text, "utf-8")
    say("Done")
