"""The `TrainingArguments` of a job: the user's fields over ours, and how long to train."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from transformers import TrainingArguments

from tasks.hyperparameters import Hyperparameters
from tasks.schedule import Schedule
from training.common.errors import HyperparameterError
from training.fine_tuning.device import Device

KNOWN_FIELDS = {field.name for field in fields(TrainingArguments)}
VALIDATION_FIELDS = ("eval_strategy", "eval_steps", "eval_delay", "eval_on_start")
DEFAULT_SAVE_STEPS = 500


def training_arguments(
    arguments: Hyperparameters,
    checkpoints: Path,
    device: Device,
    schedule: Schedule,
    validation_metric: str | None,
) -> TrainingArguments:
    """`validation_metric` chooses the best checkpoint, which is kept; None without a validation split.

    The fields of `TrainingArguments` that the user set override ours. Raises `HyperparameterError`.
    """
    user_fields = _user_fields(arguments.trainer, validation_metric)
    strategy = user_fields.get("eval_strategy", "no")
    if strategy == "no":
        validation_metric = None
    settings: dict[str, object] = dict(
        output_dir=str(checkpoints),
        num_train_epochs=schedule.epochs,
        learning_rate=arguments.learning_rate,
        per_device_train_batch_size=arguments.train_batch_size,
        per_device_eval_batch_size=arguments.eval_batch_size,
        warmup_steps=math.ceil(schedule.steps * arguments.warmup_ratio),
        weight_decay=arguments.weight_decay,
        gradient_accumulation_steps=arguments.gradient_accumulation_steps,
        max_grad_norm=arguments.max_grad_norm,
        seed=arguments.seed,
        optim="adamw_torch_fused",
        save_strategy=strategy,
        # The best checkpoint can only be one that was validated.
        save_steps=user_fields.get("eval_steps") or DEFAULT_SAVE_STEPS,
        load_best_model_at_end=validation_metric is not None,
        metric_for_best_model=validation_metric,
        greater_is_better=validation_metric != "loss" if validation_metric else None,
        prediction_loss_only=validation_metric == "loss",
        # A resumed job goes on counting the validations without a gain.
        restore_callback_states_from_checkpoint=True,
        logging_strategy="no",
        # The check would make every step wait for the device; `Losses` checks once a report.
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        log_level="error",
        report_to=[],
        **device.settings,
    )
    if user_fields.get("fp16") or user_fields.get("bf16"):
        settings |= {"fp16": False, "bf16": False}
    return TrainingArguments(**settings | user_fields)


def rows_per_step(settings: TrainingArguments) -> int:
    """Of all processes together."""
    return int(
        settings.train_batch_size
        * settings.gradient_accumulation_steps
        * settings.world_size
    )


def _user_fields(
    passed: Mapping[str, object], validation_metric: str | None
) -> dict[str, object]:
    """The user's fields by the names of this transformers; without a validation split none of validation."""
    if validation_metric is not None:
        strategy = "steps" if "eval_steps" in passed else "epoch"
        passed = {"eval_strategy": strategy, **passed}
    elif passed.get("lr_scheduler_type") == "reduce_lr_on_plateau":
        raise HyperparameterError(
            "hyperparameter lr_scheduler_type: expected a validation split, whose results reduce_lr_on_plateau "
            "goes by; found none. Drop one, or choose another schedule."
        )
    else:
        passed = {
            name: value
            for name, value in passed.items()
            if name not in VALIDATION_FIELDS
        }
    return {_present_name(name): value for name, value in passed.items()}


def _present_name(name: str) -> str:
    """Newer releases warn of `gradient_checkpointing`, older ones know only that."""
    newer = name.replace("gradient_checkpointing", "activation_checkpointing")
    return newer if newer in KNOWN_FIELDS else name
