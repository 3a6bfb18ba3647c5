"""What users set is checked, under whichever of its names."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.hyperparameters import HyperparameterError, Hyperparameters


def test_fields_are_passed_through_and_checked() -> None:
    settings = {
        "optim": "adafactor",
        "max_steps": "3",
        "bf16": "true",
        "lr_scheduler_kwargs": {"num_cycles": 2},
        "lr": 1,
    }
    arguments = Hyperparameters.resolve(settings, {})
    assert arguments.trainer == {
        "optim": "adafactor",
        "max_steps": 3,
        "bf16": True,
        "lr_scheduler_kwargs": {"num_cycles": 2},
    }
    assert arguments.learning_rate == 1.0
    assert arguments.all["optim"] == "adafactor"
    assert arguments.all["learning_rate"] == 1.0
    assert "trainer" not in arguments.all


def test_a_name_stands_before_the_default_of_its_other_name() -> None:
    assert Hyperparameters.resolve({"num_train_epochs": 3}, {"epochs": 1}).epochs == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"output_dir": "/opt/ml/model"},
            "hyperparameter output_dir: Traindrop decides it itself: the model goes where the run's files go. "
            "Remove it.",
        ),
        (
            {"adam_beta": 0.9},
            "expected a known hyperparameter; found 'adam_beta'. Did you mean 'adam_beta2'? Rename or remove it.",
        ),
        (
            {"trainer": {}},
            "expected a known hyperparameter; found 'trainer'. Remove it.",
        ),
        (
            {"epochs": 1, "num_train_epochs": 2},
            "expected one of 'epochs' and 'num_train_epochs', which mean the same; found both. Remove one.",
        ),
        (
            {"bf16": "maybe"},
            "hyperparameter bf16: expected true or false; found 'maybe'. Correct it.",
        ),
        (
            {"dataloader_num_workers": 0.5},
            "hyperparameter dataloader_num_workers: expected a whole number from 0 to 256; found 0.5. Correct it.",
        ),
        (
            {"eval_strategy": False},
            "hyperparameter eval_strategy: expected one of no, steps, epoch; found False. Correct it.",
        ),
        (
            {"loss_on": "prompt"},
            "hyperparameter loss_on: expected one of completion, all; found 'prompt'. Correct it.",
        ),
        (
            {"optim_target_modules": [1]},
            "hyperparameter optim_target_modules: expected a text or a list of texts; found [1]. Correct it.",
        ),
        (
            {"liger_kernel_config": "rope"},
            "hyperparameter liger_kernel_config: expected an object; found 'rope'. Correct it.",
        ),
        (
            {"epochs": 10**400},
            "hyperparameter epochs: expected a number from 0.001 to 10000; found 1000",
        ),
        (
            {"weight_decay": float("inf")},
            "hyperparameter weight_decay: expected a number from 0 to 10; found inf. Correct it.",
        ),
    ],
)
def test_what_is_wrong_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(HyperparameterError) as raised:
        Hyperparameters.resolve(settings, {})
    assert str(raised.value)[: len(message)] == message
