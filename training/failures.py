"""One sentence on why the job failed and what to do, for `output/failure`, where SageMaker reads its FailureReason."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

from training.errors import JobError

LIMIT = 1024
"""Characters of the failure file that SageMaker keeps."""


def explain(error: BaseException) -> str:
    """The recognised cause and its remedy, else the exception's type and message."""
    for each in _causes(error):
        if isinstance(each, JobError):
            return _fit(str(each))
        for recognises, sentence in CAUSES:
            if recognises(each):
                return _fit(f"{sentence} ({type(each).__name__}: {_first_line(each)})")
    return _fit(f"{type(error).__name__}: {error}")


def write(path: Path, sentence: str) -> None:
    """An earlier file stays: what failed first is the cause. A disk that is full must not hide the cause either."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(sentence)
    except OSError:
        return


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def _out_of_memory(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text


def _no_space(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    text = str(error)
    return full or "No space left on device" in text or "PytorchStreamWriter failed writing" in text


def _out_of_vocabulary(error: BaseException) -> bool:
    text = str(error)
    return "index out of range in self" in text or "device-side assert" in text


def _missing_module(error: BaseException) -> bool:
    return isinstance(error, ModuleNotFoundError)


CAUSES: tuple[tuple[Callable[[BaseException], bool], str], ...] = (
    (
        _out_of_memory,
        "The training ran out of memory: halve train_batch_size or max_length, "
        "or take an instance type with more memory",
    ),
    (_no_space, "The disk is full: raise volume_gb, or take a smaller base model"),
    (
        _out_of_vocabulary,
        "The tokenizer and the model do not fit together: expected token and label numbers within the model's tables; "
        "found a larger one. Take tokenizer and weights of one base model, and a max_length that it has positions for",
    ),
    (_missing_module, "A Python package is missing: add it to requirements.txt beside the training script"),
)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]


def _fit(text: str) -> str:
    return text if len(text) <= LIMIT else f"{text[: LIMIT - 1]}…"
