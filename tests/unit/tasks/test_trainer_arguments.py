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

from tasks.hyperparameters import OWN
from tasks.trainer_arguments import ALIASES, DECIDED, PASSED

FIELDS = {item.name: item for item in dataclasses.fields(TrainingArguments)}
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
        return set().union(*(_json_types(piece) for piece in typing.get_args(hint)))
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
    wanted = _json_types(HINTS[name]) - (
        {"string"} if name in of_dictionaries else set()
    )
    assert set(PASSED[name].types) == wanted
    default = FIELDS[name].default
    assert PASSED[name].default == (
        default.value if isinstance(default, Enum) else default
    )


def test_choices_are_those_of_transformers() -> None:
    needs_a_loss_of_its_own = {"greedy"}
    for_other_chips = {"adamw_torch_xla", "adamw_torch_npu_fused"}
    assert (
        set(PASSED["lr_scheduler_type"].choices)
        == {item.value for item in SchedulerType} - needs_a_loss_of_its_own
    )
    assert (
        set(PASSED["optim"].choices)
        == {item.value for item in OptimizerNames} - for_other_chips
    )
