"""The Hugging Face `Trainer`, set up to waste nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback, Trainer, TrainerState, TrainingArguments

from training.arguments import Arguments
from training.errors import ArgumentsError, Interrupted
from training.fine_tuning.batching import Encoded, LengthGrouped
from training.fine_tuning.checkpoints import Checkpoints, StopSignal
from training.fine_tuning.device import Device
from training.fine_tuning.fingerprint import fingerprint
from training.fine_tuning.manifest import Found, keep_only, last_usable, remove_unsealed
from training.fine_tuning.progress import Losses, Progress
from training.inputs import Places
from training.log import say
from training.recipes.base import Collator, Recipe


class LengthGroupedTrainer(Trainer):  # type: ignore[misc]
    """`Trainer` with our order of rows, the recipe's loss, and its losses at hand."""

    losses: Losses
    recipe: Recipe

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **more: Any) -> Any:
        loss = self.recipe.loss(model, inputs)
        if loss is None:
            return super().compute_loss(model, inputs, return_outputs=return_outputs, **more)
        if self.model_accepts_loss_kwargs and more.get("num_items_in_batch") is not None:
            # `Trainer` leaves this to a model that is told how many labels a step has; the recipe is not.
            loss = loss / self.current_gradient_accumulation_steps
        return (loss, {}) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGrouped:
        dataset: Encoded = self.train_dataset if train_dataset is None else train_dataset
        # Of a whole step: the order of the rows is then the same however many batches a step is made of.
        rows_a_step = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return LengthGrouped(dataset.lengths, rows_a_step, self.args.seed)

    def training_step(self, *arguments: Any, **named: Any) -> Any:
        loss = super().training_step(*arguments, **named)
        self.losses.add(loss)
        return loss


@dataclass(frozen=True)
class Plan:
    """How long to train: `max_steps`, else `epochs`, raised for a small set."""

    epochs: float
    steps: int

    @classmethod
    def of(cls, arguments: Arguments, rows: int, processes: int) -> Plan:
        steps = math.ceil(rows / (arguments.train_batch_size * arguments.gradient_accumulation_steps * processes))
        most = arguments.trainer.get("max_steps", 0)
        if most > 0:
            return cls(most / steps, most)
        wanted = min(math.ceil(arguments.min_steps / steps), arguments.max_raised_epochs)
        epochs = max(arguments.epochs, wanted)
        return cls(epochs, math.ceil(epochs * steps))


def training_arguments(
    arguments: Arguments, places: Places, device: Device, plan: Plan, best_by: str | None
) -> TrainingArguments:
    """`best_by` is the metric by which the best checkpoint is kept, or `loss`; None without a validation split.

    Fields of `TrainingArguments` that the user gave stand before ours. Raises `ArgumentsError`.
    """
    given = _fitting(arguments.trainer, best_by)
    every = given.get("eval_strategy", "no")
    best_by = best_by if every != "no" else None
    settings: dict[str, Any] = dict(
        output_dir=str(places.checkpoints),
        num_train_epochs=plan.epochs,
        learning_rate=arguments.learning_rate,
        per_device_train_batch_size=arguments.train_batch_size,
        per_device_eval_batch_size=arguments.eval_batch_size,
        warmup_steps=math.ceil(plan.steps * arguments.warmup_ratio),
        weight_decay=arguments.weight_decay,
        gradient_accumulation_steps=arguments.gradient_accumulation_steps,
        max_grad_norm=arguments.max_grad_norm,
        seed=arguments.seed,
        optim="adamw_torch_fused",
        save_strategy=every,
        # The best checkpoint can only be one that was validated.
        save_steps=given.get("eval_steps") or 500,
        load_best_model_at_end=best_by is not None,
        metric_for_best_model=best_by,
        greater_is_better=best_by != "loss" if best_by else None,
        prediction_loss_only=best_by == "loss",
        # How often validations went by without a gain is counted on.
        restore_callback_states_from_checkpoint=True,
        logging_strategy="no",
        # The check would make every step wait for the device; `Losses` looks once a report.
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        log_level="error",
        report_to=[],
        **device.settings,
    )
    if given.get("fp16") or given.get("bf16"):
        settings |= {"fp16": False, "bf16": False}
    return TrainingArguments(**settings | given)


_FIELDS = {each.name for each in fields(TrainingArguments)}
_VALIDATION = ("eval_strategy", "eval_steps", "eval_delay", "eval_on_start")


def _fitting(given: Mapping[str, Any], best_by: str | None) -> dict[str, Any]:
    """The user's fields as this transformers calls them; without a validation split none of validation."""
    if best_by is None:
        if given.get("lr_scheduler_type") == "reduce_lr_on_plateau":
            raise ArgumentsError(
                "hyperparameter lr_scheduler_type: expected a validation split, whose results reduce_lr_on_plateau "
                "goes by; found none. Drop one, or choose another schedule."
            )
        given = {name: value for name, value in given.items() if name not in _VALIDATION}
    else:
        given = {"eval_strategy": "steps" if "eval_steps" in given else "epoch", **given}
    return {_present_name(name): value for name, value in given.items()}


def _present_name(name: str) -> str:
    """Newer releases warn of `gradient_checkpointing`, older ones have only that."""
    newer = name.replace("gradient_checkpointing", "activation_checkpointing")
    return newer if newer in _FIELDS else name


def build_trainer(
    model: Any,
    settings: TrainingArguments,
    collate: Collator,
    recipe: Recipe,
    *,
    train: Encoded,
    validation: Encoded | None,
) -> LengthGroupedTrainer:
    trainer = LengthGroupedTrainer(
        model=model,
        args=settings,
        data_collator=collate,
        train_dataset=train,
        eval_dataset=validation.longest_first()[0] if validation else None,
        compute_metrics=lambda outcome: recipe.measure_logits(outcome.predictions, outcome.label_ids) or {},
    )
    trainer.recipe = recipe
    # Models without a loss of their own are evaluated too: it is the recipe's.
    trainer.can_return_loss = True
    trainer.losses = Losses()
    trainer.remove_callback(PrinterCallback)
    return trainer


def train(trainer: LengthGroupedTrainer, arguments: Arguments, places: Places, stop: StopSignal) -> float:
    """Trains to the end, from the last usable checkpoint if there is one; the seconds that it took, earlier ones too.

    Raises `Interrupted` after SIGTERM.
    """
    settings = trainer.args
    rows_a_step = settings.train_batch_size * settings.gradient_accumulation_steps * settings.world_size
    marks = fingerprint(arguments, places, rows_a_step)
    found = _go_on_from(places, marks, settings)
    checkpoints = Checkpoints(places.checkpoints, arguments.checkpoint_seconds, stop, fingerprint=marks, found=found)
    trainer.add_callback(Progress(trainer.losses, rows_a_step))
    trainer.add_callback(checkpoints)
    if settings.load_best_model_at_end:
        trainer.add_callback(EarlyStoppingCallback(arguments.early_stopping_patience))
    if found and found.seal.ended:
        _restore(trainer, found)
        stop.training_ended()
        return found.seal.seconds
    try:
        trainer.train(resume_from_checkpoint=str(found.path) if found else None)
    except Exception:
        remove_unsealed(places.checkpoints)
        raise
    if stop.received and trainer.state.global_step < trainer.state.max_steps:
        raise Interrupted
    trainer.losses.take()
    return checkpoints.seconds


def _go_on_from(places: Places, marks: Mapping[str, str], settings: TrainingArguments) -> Found | None:
    """The checkpoint to start with; all but it and the best are removed, lest one be taken for a new one."""
    found = last_usable(places.checkpoints, marks)
    if settings.world_size > 1:
        torch.distributed.barrier()
    if settings.should_save:
        keep_only(places.checkpoints, [found.path, found.best] if found else [])
    if found:
        say(f"Going on from {found.path.name}")
        # It was done before the first step, and another would count as one without a gain.
        settings.eval_on_start = False
    return found


def _restore(trainer: LengthGroupedTrainer, found: Found) -> None:
    """What a training that was over had come to: `Trainer` would take another step."""
    trainer.state = TrainerState.load_from_json(str(found.path / "trainer_state.json"))
    trainer._load_from_checkpoint(str(found.best))
