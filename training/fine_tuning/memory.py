"""What is done when memory runs out: once more with smaller batches, the rows of a step as many as before."""

from __future__ import annotations

import gc
import os
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from contracts.failures import MEMORY
from tasks.arguments import Arguments
from training.errors import MemoryUsedUpError
from training.log import say

T = TypeVar("T")
_REFUSED = re.compile(r"out of memory|can't allocate memory|not enough memory|bad_alloc|_STATUS_ALLOC_FAILED")
REMEDY = (
    "Halve max_length in traindrop.yaml, set gradient_checkpointing: true, or name an instance type with more memory; "
    "then drop the data again."
)


@dataclass(frozen=True)
class Tried:
    """The arguments that an attempt was made with, and what made it necessary; empty for the first."""

    arguments: Arguments
    retried: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """For `training` of `evaluation.json`."""
        used = {"batch": self.arguments.train_batch_size, "accumulation": self.arguments.gradient_accumulation_steps}
        again = {"retried": self.retried, "eval_batch": self.arguments.eval_batch_size}
        return used | (again if self.retried else {})


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation was refused, to torch or to Python; errors that only speak of it are none."""
    import torch  # noqa: PLC0415

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # The CPU's allocator and the libraries of CUDA have no error of their own.
    spoken = type(error) in {RuntimeError, getattr(torch, "AcceleratorError", RuntimeError)}
    return spoken and _REFUSED.search(str(error)) is not None


def train_with_retry(attempt: Callable[[Tried], T], arguments: Arguments) -> T:
    """`attempt`, and a second time with smaller batches where memory runs out. Raises `MemoryUsedUpError`."""
    try:
        return attempt(Tried(arguments))
    except Exception as error:
        if not is_out_of_memory(error) or int(os.environ.get("WORLD_SIZE") or 1) > 1:
            # Processes of one job would have to agree, and the others wait for this one's gradients.
            raise
        smaller = _smaller(arguments, evaluating=_was_evaluating(error))
        if smaller is None:
            raise _used_up(arguments) from error
        say(f"Memory ran out ({_first_line(error)})")
    _free()
    say(f"Once more, {_batches(smaller.arguments)}, from the last checkpoint if there is one")
    try:
        return attempt(smaller)
    except Exception as error:
        if is_out_of_memory(error):
            raise _used_up(smaller.arguments, smaller.retried) from error
        raise


def predict_with_retry(predict: Callable[[Arguments], T], arguments: Arguments) -> T:
    """What `predict` gives, and a second time with half the rows at once where memory runs out."""
    from inference.predictors.padding import GROUP_ROWS, rows_at_once  # noqa: PLC0415

    try:
        return predict(arguments)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        say(f"Memory ran out ({_first_line(error)})")
    _free()
    half = max(1, arguments.eval_batch_size // 2)
    say(f"Evaluating once more, {half} rows at once")
    with rows_at_once(min(half, GROUP_ROWS // 2)):
        return predict(replace(arguments, eval_batch_size=half))


def _smaller(arguments: Arguments, *, evaluating: bool) -> Tried | None:
    """With the same rows in a step, exactly: a batch of 32 becomes 2 of 16, one of 27 becomes 3 of 9."""
    batch = arguments.eval_batch_size if evaluating else arguments.train_batch_size
    if batch == 1:
        return None
    if evaluating:
        fewer = replace(arguments, eval_batch_size=batch // 2)
        return Tried(fewer, f"out of memory at evaluation batch {batch}")
    parts = next(number for number in range(2, batch + 1) if batch % number == 0)
    fewer = replace(
        arguments,
        train_batch_size=batch // parts,
        gradient_accumulation_steps=arguments.gradient_accumulation_steps * parts,
        eval_batch_size=max(1, arguments.eval_batch_size // 2),
    )
    return Tried(fewer, f"out of memory at batch {batch}")


def _was_evaluating(error: BaseException) -> bool:
    return any(frame.name == "evaluation_loop" for frame in traceback.extract_tb(error.__traceback__))


def _used_up(arguments: Arguments, before: str = "") -> MemoryUsedUpError:
    again = f", after it was {before}" if before else ""
    least = ", which cannot be halved" if arguments.train_batch_size == 1 else ""
    return MemoryUsedUpError(f"{MEMORY.cause[:-1]} {_batches(arguments)}{least}{again}. {REMEDY}")


def _batches(arguments: Arguments) -> str:
    steps = arguments.gradient_accumulation_steps
    added = f" (the gradients of {steps} added up)" if steps > 1 else ""
    return f"at batch {arguments.train_batch_size}{added}, evaluation batch {arguments.eval_batch_size}"


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:300]}".rstrip(" :")


def _free() -> None:
    """Outside the `except` that held the frames of the failed attempt, and so its tensors."""
    import torch  # noqa: PLC0415

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
