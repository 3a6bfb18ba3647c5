"""What happens when memory runs out: one more attempt with smaller batches, and as many rows in a step as before."""

from __future__ import annotations

import gc
import os
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from contracts.evaluation import TrainingFacts
from contracts.failures import MEMORY
from tasks.hyperparameters import Hyperparameters
from training.common.errors import MemoryUsedUpError
from training.common.log import say

T = TypeVar("T")
REFUSED = re.compile(
    r"out of memory|can't allocate memory|not enough memory|bad_alloc|_STATUS_ALLOC_FAILED"
)
REMEDY = (
    "Halve max_length in traindrop.yaml, set gradient_checkpointing: true, or name an instance type with more memory; "
    "then drop the data again."
)
MAX_REASON_CHARACTERS = 300


@dataclass(frozen=True)
class Attempt:
    """The arguments of one attempt, and what made it necessary; empty for the first."""

    arguments: Hyperparameters
    retried: str = ""

    @property
    def facts(self) -> TrainingFacts:
        """The batches, and those of the evaluation where it is not the first attempt."""
        return TrainingFacts(
            batch=self.arguments.train_batch_size,
            accumulation=self.arguments.gradient_accumulation_steps,
            eval_batch=self.arguments.eval_batch_size if self.retried else None,
            retried=self.retried or None,
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation of torch or Python was refused; an error that only mentions memory is none."""
    import torch  # noqa: PLC0415

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU's allocator and the libraries of CUDA have no error of their own.
    generic = type(error) in {
        RuntimeError,
        getattr(torch, "AcceleratorError", RuntimeError),
    }
    return generic and REFUSED.search(str(error)) is not None


def train_with_retry(train: Callable[[Attempt], T], arguments: Hyperparameters) -> T:
    """Trains, and a second time with smaller batches where memory runs out. Raises `MemoryUsedUpError`."""
    try:
        return train(Attempt(arguments))
    except Exception as error:
        if not is_out_of_memory(error) or _processes() > 1:
            # Several processes would have to agree, and the others wait for this one's gradients.
            raise
        second = _with_smaller_batches(arguments, evaluating=_was_evaluating(error))
        if second is None:
            raise _used_up(arguments) from error
        say(f"Memory ran out ({_first_line(error)})")
    free_memory()
    say(
        f"Once more, {_batches(second.arguments)}, from the last checkpoint if there is one"
    )
    try:
        return train(second)
    except Exception as error:
        if is_out_of_memory(error):
            raise _used_up(second.arguments, second.retried) from error
        raise


def _processes() -> int:
    return int(os.environ.get("WORLD_SIZE") or 1)


def predict_with_retry(
    predict: Callable[[Hyperparameters], T], arguments: Hyperparameters
) -> T:
    """Predicts, and a second time with half the rows in a pass where memory runs out."""
    from inference.predictors.padding import GROUP_ROWS, rows_at_once  # noqa: PLC0415

    try:
        return predict(arguments)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        say(f"Memory ran out ({_first_line(error)})")
    free_memory()
    half = max(1, arguments.eval_batch_size // 2)
    say(f"Evaluating once more, {half} rows at once")
    with rows_at_once(min(half, GROUP_ROWS // 2)):
        return predict(replace(arguments, eval_batch_size=half))


def _with_smaller_batches(
    arguments: Hyperparameters, *, evaluating: bool
) -> Attempt | None:
    """With exactly the same rows in a step: a batch of 32 becomes 2 of 16, one of 27 becomes 3 of 9.

    None where the batch is a single row.
    """
    batch = arguments.eval_batch_size if evaluating else arguments.train_batch_size
    if batch == 1:
        return None
    if evaluating:
        return Attempt(
            replace(arguments, eval_batch_size=batch // 2),
            f"out of memory at evaluation batch {batch}",
        )
    parts = _smallest_divisor(batch)
    smaller = replace(
        arguments,
        train_batch_size=batch // parts,
        gradient_accumulation_steps=arguments.gradient_accumulation_steps * parts,
        eval_batch_size=max(1, arguments.eval_batch_size // 2),
    )
    return Attempt(smaller, f"out of memory at batch {batch}")


def _smallest_divisor(number: int) -> int:
    """Above 1."""
    divisor = 2
    while number % divisor:
        divisor += 1
    return divisor


def _was_evaluating(error: BaseException) -> bool:
    return any(
        frame.name == "evaluation_loop"
        for frame in traceback.extract_tb(error.__traceback__)
    )


def _used_up(arguments: Hyperparameters, before: str = "") -> MemoryUsedUpError:
    again = f", after it was {before}" if before else ""
    least = ", which cannot be halved" if arguments.train_batch_size == 1 else ""
    return MemoryUsedUpError(
        f"{MEMORY.cause[:-1]} {_batches(arguments)}{least}{again}. {REMEDY}"
    )


def _batches(arguments: Hyperparameters) -> str:
    steps = arguments.gradient_accumulation_steps
    added = f" (the gradients of {steps} added up)" if steps > 1 else ""
    return f"at batch {arguments.train_batch_size}{added}, evaluation batch {arguments.eval_batch_size}"


def _first_line(error: BaseException) -> str:
    first, _, _ = str(error).strip().partition("\n")
    return f"{type(error).__name__}: {first[:MAX_REASON_CHARACTERS]}".rstrip(" :")


def free_memory() -> None:
    """To be called outside the `except` that holds the frames of the failed attempt, and so its tensors."""
    import torch  # noqa: PLC0415

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
