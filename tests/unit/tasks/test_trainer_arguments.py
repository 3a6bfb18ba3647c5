"""The table of `TrainingArguments` against the transformers that is installed."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any

import pytest
from transformers import TrainingArguments
from transformers.trainer_utils import SchedulerType
from transformers.training_args import OptimizerNames

from tasks.hyperparameters import OWN, HyperparameterError, Hyperparameters
from tasks.trainer_arguments import ALIASES, DECIDED, PASSED

FIELDS = {each.name: each for each in dataclasses.fields(TrainingArguments)}
HINTS = typing.get_type_hints(TrainingArguments)
ONLY_IN_THE_IMAGE = {"logging_dir"}
OLDER = {"group_by_length", "no_cuda"}
"""Names of earlier releases that tutorials still use: refused with the same reasons."""


def test_every_field_is_passed_through_or_decided_or_another_name_of_ours() -> None:
    groups = (PASSED.keys(), DECIDED.keys(), ALIASES.keys(), OWN.keys())
    for name in FIELDS:
        assert sum(name in group for group in groups) == 1, name


def test_no_name_is_in_two_groups_and_none_is_made_up() -> None:
    names = [*PASSED, *DECIDED, *ALIASES, *OWN]
    assert len(names) == len(set(names))
    assert PASSED.keys() <= FIELDS.keys()
    assert DECIDED.keys() - FIELDS.keys() == ONLY_IN_THE_IMAGE | OLDER
    assert set(ALIASES.values()) <= OWN.keys() | PASSED.keys()


def _json_types(hint: Any) -> set[str]:
    origin = typing.get_origin(hint)
    if origin in {types.UnionType, typing.Union}:
        return set().union(*(_json_types(part) for part in typing.get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"string"}
    names = {
        bool: "boolean",
        int: "integer",
        float: "number",
        str: "string",
        dict: "object",
        list: "array",
    }
    return set() if hint is type(None) else {names[origin or hint]}


@pytest.mark.parametrize("name", PASSED)
def test_types_and_defaults_are_those_of_transformers(name: str) -> None:
    of_dictionaries = {"lr_scheduler_kwargs", "gradient_checkpointing_kwargs"}
    wanted = _json_types(HINTS[name]) - ({"string"} if name in of_dictionaries else set())
    assert set(PASSED[name].types) == wanted
    default = FIELDS[name].default
    assert PASSED[name].default == (default.value if isinstance(default, Enum) else default)


def test_choices_are_those_of_transformers() -> None:
    needs_a_loss_of_its_own = {"greedy"}
    for_other_chips = {"adamw_torch_xla", "adamw_torch_npu_fused"}
    assert (
        set(PASSED["lr_scheduler_type"].choices)
        == {each.value for each in SchedulerType} - needs_a_loss_of_its_own
    )
    assert set(PASSED["optim"].choices) == {each.value for each in OptimizerNames} - for_other_chips


def test_fields_are_passed_through_and_checked() -> None:
    given = {
        "optim": "adafactor",
        "max_steps": "3",
        "bf16": "true",
        "lr_scheduler_kwargs": {"num_cycles": 2},
        "lr": 1,
    }
    arguments = Hyperparameters.resolve(given, {})
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
    ("given", "message"),
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
def test_what_is_wrong_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(HyperparameterError) as raised:
        Hyperparameters.resolve(given, {})
    assert str(raised.value)[: len(message)] == message
