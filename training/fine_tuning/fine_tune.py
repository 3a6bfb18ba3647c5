"""Fine-tunes the base model of a job: loads it, encodes the rows, trains.

It trains once more where memory runs out, and again at a lower rate where a training collapses.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import set_seed

from contracts.evaluation import HistoryPoint, TrainingFacts
from tasks.hyperparameters import Hyperparameters
from tasks.schedule import Schedule
from training.common.log import say
from training.fine_tuning import device, memory, trainer
from training.fine_tuning.adapters import merged, with_adapters
from training.fine_tuning.batching import EncodedRows
from training.fine_tuning.checkpoint_folders import CheckpointFolders
from training.fine_tuning.checkpoints import StopSignal
from training.fine_tuning.device import Device
from training.fine_tuning.fingerprint import fingerprint
from training.fine_tuning.freezing import freeze_lowest_layers
from training.fine_tuning.progress import history
from training.fine_tuning.restarts import Restarts, train_with_restarts
from training.fine_tuning.trainer import LengthGroupedTrainer
from training.fine_tuning.training_arguments import (
    rows_per_step,
    training_arguments,
)
from training.inputs.base_model import limit_length, load_base
from training.inputs.job_inputs import Job

if TYPE_CHECKING:
    from training.common.types import Model, Tokenizer


@dataclass(frozen=True)
class TrainedModel:
    """A trained model, and what is needed to judge and pack it."""

    model: Model
    """As it is saved and served: plain, in single precision."""
    tokenizer: Tokenizer
    arguments: Hyperparameters
    """Those that it was trained with."""
    facts: TrainingFacts
    history: tuple[HistoryPoint, ...]
    cut_share: float
    """The share of the training examples that are as long as examples may be."""


def fine_tune(job: Job, stop: StopSignal) -> TrainedModel:
    """Trains to the end. Raises `JobError`, or `Interrupted` after SIGTERM."""
    machine = device.prepare(tf32=job.arguments.trainer.get("tf32") is not False)
    restarts = Restarts(
        job.paths.checkpoints,
        fingerprint(job.arguments, job.spec, job.paths, rows_per_step=0),
    )

    def train(arguments: Hyperparameters, may_collapse: bool) -> TrainedModel:
        return memory.train_with_retry(
            lambda attempt: _train(
                job, attempt, stop, machine, may_collapse=may_collapse
            ),
            arguments,
        )

    trained = train_with_restarts(train, job.arguments, restarts)
    return replace(trained, facts=restarts.facts(trained.facts, trained.arguments))


def _train(
    job: Job,
    attempt: memory.Attempt,
    stop: StopSignal,
    machine: Device,
    *,
    may_collapse: bool,
) -> TrainedModel:
    set_seed(job.arguments.seed)
    say(f"Loading the base model {job.base_name or job.base}")
    task = job.recipe.trainer
    model, tokenizer = load_base(task, job.base)
    arguments = limit_length(attempt.arguments, model, tokenizer)
    task.prepare(model, tokenizer, arguments)
    freeze_lowest_layers(model, arguments)
    model = with_adapters(model, arguments)
    sets = _encode(job, tokenizer, arguments)
    schedule = Schedule.of(
        arguments, len(sets["train"]), int(os.environ.get("WORLD_SIZE") or 1)
    )
    say(
        f"Training on {machine.name}: {schedule.epochs:g} epochs, {schedule.steps:,} steps"
    )
    validation_metric = task.validation_metric if job.validation else None
    with tempfile.TemporaryDirectory(prefix="checkpoints-") as name:
        folders = CheckpointFolders(job.paths.checkpoints, Path(name))
        built = trainer.build_trainer(
            model,
            training_arguments(
                arguments, Path(name), machine, schedule, validation_metric
            ),
            task.collator(tokenizer, machine.padding_multiple, arguments),
            task,
            train=sets["train"],
            validation=sets.get("validation"),
            may_collapse=may_collapse,
            class_weighting=arguments.class_weights,
        )
        marks = fingerprint(arguments, job.spec, job.paths, rows_per_step(built.args))
        seconds = trainer.train(built, arguments, folders, marks, stop)
    facts = _facts(job, attempt, float(built.state.epoch or 0), seconds, machine.name)
    say(f"Trained in {facts.seconds:.1f} s: {facts.rows_per_second:.1f} rows/s")
    cut_share = float((sets["train"].lengths >= arguments.max_length).mean())
    points = history(built.state.log_history)
    return TrainedModel(
        _finished(job, built), tokenizer, arguments, facts, points, cut_share
    )


def _encode(
    job: Job, tokenizer: Tokenizer, arguments: Hyperparameters
) -> Mapping[str, EncodedRows]:
    """The examples of `train`, and of `validation` where the job has it."""
    sets = {}
    for name, rows in (("train", job.train), ("validation", job.validation)):
        if rows:
            sets[name] = EncodedRows(
                job.recipe.trainer.encode(tokenizer, rows, arguments)
            )
    lengths, longest = sets["train"].lengths, arguments.max_length
    cut = int((lengths >= longest).sum())
    say(
        f"Tokenized: {int(lengths.sum()):,} tokens to train, {lengths.mean():.0f} an example, {cut:,} reach {longest}"
    )
    return sets


def _facts(
    job: Job, attempt: memory.Attempt, epochs: float, seconds: float, device_name: str
) -> TrainingFacts:
    rows = len(job.train)
    return replace(
        attempt.facts,
        rows=rows,
        epochs=round(epochs, 4),
        seconds=round(seconds, 2),
        rows_per_second=round(rows * epochs / seconds, 2),
        device=device_name,
    )


def _finished(job: Job, built: LengthGroupedTrainer) -> Model:
    """The model as it will serve, in single precision.

    Gradients and the optimizer's moments, three times the weights, are given back: other processes need the memory.
    """
    trained = built.accelerator.unwrap_model(built.model, keep_fp32_wrapper=False)
    model = job.recipe.trainer.finish(merged(trained)).eval()
    built.model.zero_grad(set_to_none=True)
    built.optimizer = built.lr_scheduler = None
    built.accelerator.free_memory()
    return model
