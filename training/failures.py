"""Why the job failed and what to do, for `output/failure`, where SageMaker reads its FailureReason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contracts.failures import READ_THE_LOG, CauseAndRemedy, recognise
from training.errors import JobError, ScriptError


def explain(error: BaseException) -> CauseAndRemedy:
    """The recognised cause and its remedy, else the exception's type and message."""
    for each in _causes(error):
        if isinstance(each, ScriptError):
            return _of_script(str(each))
        if isinstance(each, JobError):
            return CauseAndRemedy.from_sentences(str(each))
        if told := recognise(f"{type(each).__name__}: {each}"):
            return told
    said = " ".join(str(error).split())
    return CauseAndRemedy(f"The training failed: {type(error).__name__}: {said}", READ_THE_LOG)


def write(path: Path, told: CauseAndRemedy) -> None:
    """An earlier file stays: what failed first is the cause. A disk that is full must not hide the cause either."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(str(told))
    except OSError:
        return


def _of_script(message: str) -> CauseAndRemedy:
    """What is known of a script's last words helps more than that the script is to be corrected."""
    own = CauseAndRemedy.from_sentences(message)
    known = recognise(own.cause)
    return known or own


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
