from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.inspect.settings_file.schema import SCHEMA
from tasks.schedule import Schedule
from tasks.trainer_arguments import PASSED
from training.common.errors import HyperparameterError
from training.fine_tuning.device import Device
from training.fine_tuning.training_arguments import training_arguments
from training.inputs.hyperparameters import resolve


def _settings(
    tmp_path: Path,
    best_by: str | None = None,
    *,
    device: dict[str, Any] | None = None,
    **settings: Any,
) -> Any:
    arguments = resolve({"train_batch_size": 32, **settings}, {})
    machine = Device(
        "cpu", None, {"use_cpu": True, "dataloader_pin_memory": False} | (device or {})
    )
    return training_arguments(
        arguments,
        tmp_path / "checkpoints",
        machine,
        Schedule.of(arguments, 320, 1),
        best_by,
    )


def test_what_the_user_gives_stands_before_ours(tmp_path: Path) -> None:
    ours, result = (
        _settings(tmp_path),
        _settings(tmp_path, optim="adafactor", adam_beta2=0.95, warmup_steps=7),
    )
    assert (ours.optim, ours.warmup_steps) == ("adamw_torch_fused", 1)
    assert (result.optim, result.adam_beta2, result.warmup_steps) == (
        "adafactor",
        0.95,
        7,
    )
    assert result.learning_rate == ours.learning_rate


def test_the_warm_up_is_a_share_of_the_steps_that_are_given(tmp_path: Path) -> None:
    result = _settings(tmp_path, max_steps=200, warmup_ratio=0.1)
    assert (result.max_steps, result.warmup_steps) == (200, 20)


@pytest.mark.parametrize(
    ("settings", "strategy", "steps"),
    [
        ({}, "epoch", None),
        ({"eval_steps": 20}, "steps", 20),
        ({"eval_strategy": "steps", "eval_steps": 0.1}, "steps", 0.1),
        ({"eval_strategy": "steps"}, "steps", 500),
    ],
)
def test_the_best_checkpoint_is_saved_where_it_is_validated(
    tmp_path: Path, settings: dict[str, Any], strategy: str, steps: float | None
) -> None:
    result = _settings(tmp_path, "accuracy", **settings)
    assert result.eval_strategy == result.save_strategy == strategy
    assert result.eval_steps == steps
    assert result.save_steps == (steps or 500)
    assert (
        result.load_best_model_at_end,
        result.metric_for_best_model,
        result.greater_is_better,
    ) == (
        True,
        "accuracy",
        True,
    )


def test_without_validation_there_is_no_best_checkpoint(tmp_path: Path) -> None:
    for result in (
        _settings(tmp_path, "accuracy", eval_strategy="no"),
        _settings(
            tmp_path, None, eval_strategy="epoch", eval_steps=3, eval_on_start=True
        ),
    ):
        assert result.eval_strategy == result.save_strategy == "no"
        assert (result.load_best_model_at_end, result.eval_on_start) == (False, False)


def test_a_half_precision_that_is_given_takes_the_place_of_the_devices(
    tmp_path: Path,
) -> None:
    result = _settings(tmp_path, device={"bf16": True, "fp16": False}, fp16=True)
    assert (result.fp16, result.bf16) == (True, False)
    result = _settings(tmp_path, device={"bf16": True, "fp16": False}, bf16=False)
    assert (result.fp16, result.bf16) == (False, False)


def test_gradient_checkpointing_goes_by_the_name_that_transformers_has(
    tmp_path: Path,
) -> None:
    result = _settings(
        tmp_path,
        gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": False},
    )
    assert result.activation_checkpointing is True
    assert result.activation_checkpointing_kwargs == {"use_reentrant": False}
    assert (
        _settings(tmp_path, activation_checkpointing=True).activation_checkpointing
        is True
    )


def test_a_schedule_that_goes_by_results_needs_a_validation_split(
    tmp_path: Path,
) -> None:
    settings: dict[str, Any] = {"lr_scheduler_type": "reduce_lr_on_plateau"}
    assert (
        _settings(tmp_path, "accuracy", **settings).lr_scheduler_type
        == "reduce_lr_on_plateau"
    )
    with pytest.raises(HyperparameterError) as raised:
        _settings(tmp_path, None, **settings)
    assert str(raised.value) == (
        "hyperparameter lr_scheduler_type: expected a validation split, whose results reduce_lr_on_plateau goes by; "
        "found none. Drop one, or choose another schedule."
    )


@pytest.mark.parametrize("name", PASSED)
def test_every_field_that_is_passed_through_reaches_the_trainer(
    tmp_path: Path, name: str
) -> None:
    example = SCHEMA["properties"]["hyperparameters"]["properties"][name]["examples"][0]
    if name == "tf32":
        example = False  # true needs a GPU
    beside: dict[str, Any] = {
        "dataloader_prefetch_factor": {"dataloader_num_workers": 1}
    }.get(name, {})
    result = getattr(_settings(tmp_path, "accuracy", **beside, **{name: example}), name)
    wanted = (
        False if name == "dataloader_pin_memory" else example
    )  # there is nothing to pin for without a GPU
    assert getattr(result, "value", result) == (
        wanted if wanted is not None else getattr(_settings(tmp_path, "accuracy"), name)
    )
