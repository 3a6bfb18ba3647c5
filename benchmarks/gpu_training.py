"""Training on a GPU: our job in three precisions beside a plain `Trainer`, on the same rows, seed and batch."""

from __future__ import annotations

import gc
import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gpu_cases import SEED, Case, Options
from benchmarks.training_peers import (
    LEARNING_RATE,
    Clock,
    timing_our_training,
    trainer_settings,
)

WARM_UP_STEPS = 3
PACKED_WAY = "ours-bf16"
"""Its model is the one that is served."""
Figures = dict[str, float]


@dataclass(frozen=True)
class Way:
    """`fields` are hyperparameters of our job, or fields of `TrainingArguments`."""

    ours: bool
    fields: Mapping[str, Any]


WAYS = {
    "ours-bf16": Way(True, {"bf16": True}),
    "ours-fp16": Way(True, {"fp16": True}),
    "ours-float32": Way(True, {"bf16": False, "fp16": False}),
    "trainer": Way(False, {}),
    "trainer-bf16": Way(False, {"bf16": True}),
}


@dataclass(frozen=True)
class TrainedModel:
    """A model as it is evaluated, and what its training took. `tokens` are those of the examples, without padding."""

    model: Any
    tokenizer: Any
    arguments: Any
    job: Any
    seconds: float
    tokens: int


def unsupported(name: str, device: str) -> str | None:
    """Why a way cannot run, or None."""
    if device == "cpu" and WAYS[name].fields.get("fp16"):
        return "fp16 needs a GPU"
    return None


def measure(case: Case, options: Options, name: str, *, first: bool) -> Figures:
    """Trains once. The first time the model is evaluated on the held-out rows; one is packed to be served."""
    way = WAYS[name]
    train = _train_ours if way.ours else _train_plainly
    reset_memory()
    trained = train(case, options, way.fields, 0)
    memory = peak_memory()
    figures = {
        "rows_per_second": options.rows / trained.seconds,
        "tokens_per_second": trained.tokens / trained.seconds,
        **memory,
    }
    if first:
        figures |= _quality(trained)
    if first and name == PACKED_WAY:
        _pack(trained, case.folder(options) / "served")
    return figures


def warm_up(case: Case, options: Options, name: str) -> None:
    """A few steps: kernels are chosen and loaded at their first use."""
    way = WAYS[name]
    train = _train_ours if way.ours else _train_plainly
    train(case, options, way.fields, WARM_UP_STEPS)
    reset_memory()


def _job(case: Case, options: Options, fields: Mapping[str, Any], steps: int) -> Any:
    from training.inputs.job_inputs import Job, JobPaths  # noqa: PLC0415

    paths = JobPaths.read(case.variables(options))
    shutil.rmtree(paths.checkpoints, ignore_errors=True)
    settings = {
        "epochs": 1,
        "min_steps": 0,
        "seed": SEED,
        "learning_rate": LEARNING_RATE,
        "train_batch_size": case.batch,
    }
    if steps:
        settings["max_steps"] = steps
    return Job.read(settings | dict(fields), paths)


def _train_ours(
    case: Case, options: Options, fields: Mapping[str, Any], steps: int
) -> TrainedModel:
    from training.fine_tuning.checkpoints import StopSignal  # noqa: PLC0415
    from training.fine_tuning.fine_tune import fine_tune  # noqa: PLC0415

    job = _job(case, options, fields, steps)
    with timing_our_training() as clock:
        trained = fine_tune(job, StopSignal())
    tokens = _tokens(
        job.recipe.trainer.encode(trained.tokenizer, job.train, trained.arguments)
    )
    return TrainedModel(
        trained.model, trained.tokenizer, trained.arguments, job, clock.seconds, tokens
    )


def _train_plainly(
    case: Case, options: Options, fields: Mapping[str, Any], steps: int
) -> TrainedModel:
    """`Trainer` on the examples that our job trains on, with the collator that its documentation names for them."""
    import torch  # noqa: PLC0415
    from transformers import Trainer, TrainingArguments, set_seed  # noqa: PLC0415

    from training.inputs.base_model import limit_length, load_base  # noqa: PLC0415

    # Our job turns TF32 on; `Trainer` leaves it off.
    torch.set_float32_matmul_precision("highest")
    job = _job(case, options, {}, 0)
    set_seed(SEED)
    recipe = job.recipe.trainer
    model, tokenizer = load_base(recipe, job.base)
    arguments = limit_length(job.arguments, model, tokenizer)
    recipe.prepare(model, tokenizer, arguments)
    examples = list(recipe.encode(tokenizer, job.train, arguments))
    total_steps = math.ceil(len(examples) / case.batch)
    settings = trainer_settings(case.folder(options), case.batch, total_steps, SEED)
    settings |= {"num_train_epochs": 1, "save_strategy": "no", "max_steps": steps or -1}
    settings |= {"use_cpu": options.device == "cpu", **fields}
    trainer = Trainer(
        model, TrainingArguments(**settings), _collator(tokenizer, case), examples
    )
    clock = Clock()
    with clock.running():
        trainer.train()
    plain = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    return TrainedModel(
        plain.eval(), tokenizer, arguments, job, clock.seconds, _tokens(examples)
    )


def _collator(tokenizer: Any, case: Case) -> Any:
    from transformers import DataCollatorForSeq2Seq, DataCollatorWithPadding  # noqa: PLC0415

    # The one for sequences of labels pads these, too.
    padding = (
        DataCollatorForSeq2Seq if case.name == "generation" else DataCollatorWithPadding
    )
    return padding(tokenizer)


def _tokens(examples: Any) -> int:
    return sum(len(example["input_ids"]) for example in examples)


def _quality(trained: TrainedModel) -> Figures:
    """The loss of the held-out rows (of a token, of a language model) and the task's own metric."""
    job = trained.job
    predictions = job.recipe.trainer.predict(
        trained.model, trained.tokenizer, job.test, trained.arguments
    )
    metrics = job.recipe.scorer.metrics(predictions, job.test)
    quality = metrics[job.recipe.task.metric]
    if "perplexity" in metrics:
        return {"loss": math.log(metrics["perplexity"]), "quality": quality}
    return {"loss": _cross_entropy(np.array(predictions), job), "quality": quality}


def _cross_entropy(logits: Any, job: Any) -> float:
    """`logits` are of shape (rows, labels)."""
    labels = np.array([job.recipe.labels.index(row["label"]) for row in job.test])
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return float((log_sums - shifted[np.arange(len(labels)), labels]).mean())


def _pack(trained: TrainedModel, folder: Path) -> None:
    from training.packaging.packing import pack  # noqa: PLC0415

    recipe = trained.job.recipe
    settings = recipe.trainer.settings(trained.arguments)
    pack(trained.model, trained.tokenizer, folder, recipe.task.name, settings)


def reset_memory() -> None:
    """Gives back what the last run left, and forgets its peak."""
    import torch  # noqa: PLC0415

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_memory() -> Figures:
    """MB of 2**20 bytes since `reset_memory`; empty without a GPU."""
    import torch  # noqa: PLC0415

    if not torch.cuda.is_available():
        return {}
    return {
        "allocated_mb": torch.cuda.max_memory_allocated() / 2**20,
        "reserved_mb": torch.cuda.max_memory_reserved() / 2**20,
    }


def run(
    case: Case, options: Options, ends_before: Callable[[float], bool]
) -> Iterator[tuple[str, Figures | str]]:
    """The rounds of all ways, one after the other in each, so that what else the machine does hits all of them.

    `ends_before` says whether so many seconds are left. Yields the name of a way with its figures, or a reason.
    """
    names = []
    for name in WAYS:
        reason = unsupported(name, options.device)
        if reason:
            yield name, reason
        else:
            names.append(name)
    longest = 0.0
    for round_number in range(options.rounds):
        for name in names:
            if round_number == 0:
                warm_up(case, options, name)
            if not ends_before(longest):
                return
            clock = Clock()
            with clock.running():
                figures = measure(case, options, name, first=round_number == 0)
            longest = max(longest, clock.seconds)
            yield name, figures
