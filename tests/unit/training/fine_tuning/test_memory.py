"""Memory that runs out: real refusals of torch and Python, and errors that only look like them."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inference.predictors.padding import GROUP_ROWS, groups
from training.common.errors import DataError, MemoryUsedUpError
from training.failures import explain
from training.fine_tuning.memory import (
    Attempt,
    is_out_of_memory,
    predict_with_retry,
    train_with_retry,
)
from training.inputs.hyperparameters import resolve

MORE = 2**31
ROOM = 400 * 2**20


@contextmanager
def little_memory() -> Iterator[None]:
    """The process may take `ROOM` more than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    resource.setrlimit(
        resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def error_of(act: Callable[[], Any]) -> Exception:
    try:
        act()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    "allocate",
    [lambda: torch.zeros(MORE), lambda: bytearray(MORE), lambda: np.ones(MORE)],
    ids=["torch", "Python", "numpy"],
)
def test_a_refused_allocation_is_out_of_memory(allocate: Callable[[], Any]) -> None:
    with little_memory():
        error = error_of(allocate)
    assert is_out_of_memory(error)
    assert explain(error).cause.startswith("Memory ran out. (")


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (
            torch.OutOfMemoryError(
                "CUDA out of memory. Attempt to allocate 2.00 GiB. GPU 0 has …"
            ),
            True,
        ),
        (RuntimeError("CUDA error: out of memory"), True),
        (
            RuntimeError(
                "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
            ),
            True,
        ),
        (RuntimeError("shape '[2, 3]' is invalid for input of size 5"), False),
        (DataError("row 3: out of memory is what it says"), False),
        (OSError("out of memory"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_errors_that_only_speak_of_memory_are_no_refusals(
    error: Exception, is_one: bool
) -> None:
    assert is_out_of_memory(error) == is_one


class Attempts:
    """Fails with the errors given, one an attempt, then says what it was tried with."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tried: list[Attempt] = []

    def __call__(self, tried: Attempt) -> dict[str, Any]:
        self.tried.append(tried)
        if self.errors:
            raise self.errors.pop(0)
        return tried.facts.write()


def refusal() -> Exception:
    return torch.OutOfMemoryError(
        "CUDA out of memory. Attempt to allocate 2.00 GiB.\nMore of it"
    )


@pytest.mark.parametrize(
    ("settings", "used"),
    [
        (
            {"train_batch_size": 32},
            {
                "batch": 16,
                "accumulation": 2,
                "retried": "out of memory at batch 32",
                "eval_batch": 32,
            },
        ),
        (
            {"train_batch_size": 8, "gradient_accumulation_steps": 4},
            {
                "batch": 4,
                "accumulation": 8,
                "retried": "out of memory at batch 8",
                "eval_batch": 32,
            },
        ),
        (
            {"train_batch_size": 27},
            {
                "batch": 9,
                "accumulation": 3,
                "retried": "out of memory at batch 27",
                "eval_batch": 32,
            },
        ),
        (
            {"train_batch_size": 7},
            {
                "batch": 1,
                "accumulation": 7,
                "retried": "out of memory at batch 7",
                "eval_batch": 32,
            },
        ),
    ],
)
def test_the_second_attempt_has_as_many_rows_in_a_step(
    settings: dict[str, int], used: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = resolve(settings, {})
    attempts = Attempts(refusal())
    assert train_with_retry(attempts, arguments) == used
    first, second = (tried.arguments for tried in attempts.tried)
    assert first == arguments
    assert second.train_batch_size * second.gradient_accumulation_steps == (
        first.train_batch_size * first.gradient_accumulation_steps
    )
    assert second.eval_batch_size == first.eval_batch_size // 2
    text = capsys.readouterr().out
    assert (
        "Memory ran out (OutOfMemoryError: CUDA out of memory. Attempt to allocate 2.00 GiB.)\n"
        in text
    )
    assert (
        f"Once more, at batch {used['batch']} (the gradients of {used['accumulation']} added up)"
        in text
    )


def test_where_nothing_fails_there_is_one_attempt() -> None:
    attempts = Attempts()
    assert train_with_retry(attempts, resolve({}, {})) == {
        "batch": 32,
        "accumulation": 1,
    }
    assert len(attempts.tried) == 1


def test_any_other_error_is_not_tried_again() -> None:
    attempts = Attempts(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        train_with_retry(attempts, resolve({}, {}))
    assert len(attempts.tried) == 1


def test_another_error_of_the_second_attempt_stays_itself() -> None:
    with pytest.raises(ValueError, match="no"):
        train_with_retry(Attempts(refusal(), ValueError("no")), resolve({}, {}))


def test_a_second_refusal_is_the_end() -> None:
    attempts = Attempts(refusal(), refusal())
    with pytest.raises(MemoryUsedUpError) as raised:
        train_with_retry(attempts, resolve({"train_batch_size": 32}, {}))
    assert len(attempts.tried) == 2
    assert str(raised.value) == (
        "Memory ran out at batch 16 (the gradients of 2 added up), evaluation batch 32, after it was out of memory at "
        "batch 32. Halve max_length in traindrop.yaml, set gradient_checkpointing: true, or name an instance type "
        "with more memory; then drop the data again."
    )
    explanation = explain(raised.value)
    assert explanation.cause.endswith("after it was out of memory at batch 32.")
    assert explanation.remedy.startswith("Halve max_length")


def test_a_batch_of_one_cannot_be_halved() -> None:
    attempts = Attempts(refusal())
    with pytest.raises(
        MemoryUsedUpError,
        match="Memory ran out at batch 1, evaluation batch 64, which cannot be halved",
    ):
        train_with_retry(attempts, resolve({"train_batch_size": 1}, {}))
    assert len(attempts.tried) == 1


def test_processes_that_train_together_do_not_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    attempts = Attempts(refusal())
    with pytest.raises(torch.OutOfMemoryError):
        train_with_retry(attempts, resolve({}, {}))
    assert len(attempts.tried) == 1


def test_a_refusal_while_validating_halves_only_the_evaluation_batch() -> None:
    tried: list[Attempt] = []

    def evaluation_loop() -> None:
        raise refusal()

    def attempt(this: Attempt) -> dict[str, Any]:
        tried.append(this)
        if len(tried) == 1:
            evaluation_loop()
        return this.facts.write()

    result = train_with_retry(
        attempt, resolve({"train_batch_size": 32, "eval_batch_size": 64}, {})
    )
    assert result == {
        "batch": 32,
        "accumulation": 1,
        "retried": "out of memory at evaluation batch 64",
        "eval_batch": 32,
    }
    assert tried[1].arguments.eval_batch_size == 32


def test_what_the_failed_attempt_held_is_given_back_before_the_next() -> None:
    class Weights:
        alive = 0

        def __init__(self) -> None:
            Weights.alive += 1
            self.circle = self

        def __del__(self) -> None:
            Weights.alive -= 1

    result: list[int] = []

    def attempt(tried: Attempt) -> None:
        gc.disable()
        result.append(Weights.alive)
        weights = Weights()
        if not tried.retried:
            raise refusal()
        assert weights

    try:
        train_with_retry(attempt, resolve({}, {}))
    finally:
        gc.enable()
    assert result == [0, 0]


def test_predictions_are_made_once_more_of_fewer_rows_at_once() -> None:
    seen: list[tuple[int, int]] = []

    def predict(arguments: Any) -> str:
        seen.append((arguments.eval_batch_size, max(map(len, groups([5] * 100)))))
        if len(seen) == 1:
            raise refusal()
        return "predicted"

    assert (
        predict_with_retry(predict, resolve({"eval_batch_size": 64}, {})) == "predicted"
    )
    assert seen == [(64, GROUP_ROWS), (32, GROUP_ROWS // 2)]
    assert max(map(len, groups([5] * 100))) == GROUP_ROWS


def test_predictions_that_fail_otherwise_are_not_made_again() -> None:
    calls: list[int] = []

    def predict(arguments: Any) -> None:
        calls.append(1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        predict_with_retry(predict, resolve({}, {}))
    assert calls == [1]
