"""Why the job failed and what to do, for `output/failure`, where SageMaker reads its FailureReason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contracts.failures import READ_THE_LOG, CauseAndRemedy, recognise
from training.common.errors import JobError, ScriptError


def explain(error: BaseException) -> CauseAndRemedy:
    """The recognised cause and its remedy, else the exception's type and message."""
    for cause in _causes(error):
        if isinstance(cause, ScriptError):
            return _of_script(str(cause))
        if isinstance(cause, JobError):
            return CauseAndRemedy.from_sentences(str(cause))
        failure = recognise(f"{type(cause).__name__}: {cause}")
        if failure:
            return failure
    message = " ".join(str(error).split())
    return CauseAndRemedy(
        f"The training failed: {type(error).__name__}: {message}", READ_THE_LOG
    )


def write(path: Path, failure: CauseAndRemedy) -> None:
    """Writes the file unless there is one: what failed first is the cause. A full disk must not hide the cause."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(str(failure))
    except OSError:
        return


def _of_script(message: str) -> CauseAndRemedy:
    """What is known of a script's last line helps more than that the script is to be corrected."""
    own = CauseAndRemedy.from_sentences(message)
    return recognise(own.cause) or own


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or (
            None if cause.__suppress_context__ else cause.__context__
        )
