from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import TASKS, every_variant, get_task
from tasks.hyperparameters import OWN
from training.common.errors import HyperparameterError
from training.inputs.hyperparameters import (
    ADAPTERS,
    ONLY_FOR,
    override_spec,
    parse_argv,
    resolve,
    used_arguments,
)


def test_bare_and_json_encoded_values_mean_the_same() -> None:
    bare = parse_argv(
        ["--epochs", "2", "--learning_rate", "1e-4", "--task", "text-classification"]
    )
    encoded = parse_argv(
        [
            "--epochs",
            '"2"',
            "--learning_rate",
            "0.0001",
            "--task",
            '"text-classification"',
        ]
    )
    assert resolve(bare, {}) == resolve(encoded, {})


def test_dashes_and_equals_signs_are_understood() -> None:
    assert parse_argv(["--train-batch-size=8"]) == {"train_batch_size": 8}


def test_the_names_of_tutorials_are_ours() -> None:
    argv = [
        "--num_train_epochs",
        "3",
        "--per-device-train-batch-size=8",
        "--model_name_or_path",
        "org/tiny",
    ]
    assert parse_argv(argv) == {
        "epochs": 3,
        "train_batch_size": 8,
        "base_model": "org/tiny",
    }


def test_two_names_of_one_argument_are_refused() -> None:
    with pytest.raises(HyperparameterError) as raised:
        parse_argv(["--epochs", "3", "--num_train_epochs", "2"])
    assert str(raised.value) == (
        "expected one of 'epochs' and 'num_train_epochs', which mean the same; found both. Remove one."
    )


def test_a_negative_value_is_no_name() -> None:
    assert parse_argv(["--seed", "-1"]) == {"seed": -1}


def test_given_values_stand_before_the_tasks_defaults() -> None:
    arguments = resolve({"epochs": 3}, {"epochs": 1, "seed": 7})
    assert (arguments.epochs, arguments.seed) == (3.0, 7)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_defaults_of_every_task_are_arguments(task) -> None:  # type: ignore[no-untyped-def]
    assert resolve({}, task.defaults)


def test_what_is_none_is_not_given() -> None:
    assert resolve({"seed": None}, {"seed": 7}).seed == 7


def test_whole_numbers_come_as_integers() -> None:
    assert isinstance(resolve({"seed": "3.0"}, {}).seed, int)


def test_a_model_id_that_looks_like_a_number_stays_a_text() -> None:
    assert resolve(parse_argv(["--base_model", "123"]), {}).base_model == "123"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"learning_rat": 1},
            "expected a known hyperparameter; found 'learning_rat'. Did you mean 'learning_rate'? Rename or remove it.",
        ),
        (
            {"epochs": "many"},
            "hyperparameter epochs: expected a number from 0.001 to 10000; found 'many'. Correct it.",
        ),
        (
            {"seed": 1.5},
            "hyperparameter seed: expected a whole number from 0 to 4.29497e+09; found 1.5. Correct it.",
        ),
        (
            {"warmup_ratio": 2},
            "hyperparameter warmup_ratio: expected a number from 0 to 1; found 2. Correct it.",
        ),
        (
            {"min_steps": True},
            "hyperparameter min_steps: expected a whole number from 0; found True. Correct it.",
        ),
    ],
)
def test_a_wrong_hyperparameter_is_refused_with_what_is_right(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(HyperparameterError) as raised:
        resolve(given, {})
    assert str(raised.value) == message


@pytest.mark.parametrize("argv", [["epochs", "1"], ["--epochs"]])
def test_broken_argument_lists_are_refused(argv: list[str]) -> None:
    with pytest.raises(HyperparameterError, match="expected"):
        parse_argv(argv)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_passes_that_is_out_of_range(value: float) -> None:
    try:
        assert 0 <= resolve({"weight_decay": value}, {}).weight_decay <= 10
    except HyperparameterError:
        assert not 0 <= value <= 10


def test_in_a_job_of_sagemaker_the_command_line_is_not_read() -> None:
    argv = ["--prefix", "--seed", "Unterminated"]
    sent = {
        "SM_HPS": '{"lr_scheduler_kwargs":{"num_cycles":2},"num_train_epochs":3,"prefix":""}'
    }
    assert override_spec(argv, sent, has_spec=True) == {}
    assert override_spec(argv, sent, has_spec=False) == {
        "lr_scheduler_kwargs": {"num_cycles": 2},
        "epochs": 3,
        "prefix": "",
    }


def test_outside_sagemaker_the_command_line_overrides_the_spec() -> None:
    assert override_spec(["--epochs", "3"], {}, has_spec=True) == {"epochs": 3}


def test_people_see_the_arguments_that_the_task_uses() -> None:
    classifier = get_task("text-classification")
    used = used_arguments(
        resolve({}, classifier.defaults), classifier, has_validation=False
    )
    assert used["learning_rate"] == 1e-4
    assert not {
        "task",
        "base_model",
        "lora",
        "lora_r",
        "doc_stride",
        "num_beams",
    } & set(used)
    assert "early_stopping_patience" not in used
    translator = get_task("translation")
    arguments = resolve({"lora": True, "base_model": "t5"}, translator.defaults)
    more = used_arguments(arguments, translator, has_validation=True)
    assert {
        "lora",
        "lora_r",
        "num_beams",
        "base_model",
        "early_stopping_patience",
    } <= set(more)


def test_arguments_of_some_families_are_arguments() -> None:
    assert {*ONLY_FOR, *ADAPTERS} <= set(OWN)
    families = {task.family for task in every_variant()}
    assert {family for names in ONLY_FOR.values() for family in names} <= families
