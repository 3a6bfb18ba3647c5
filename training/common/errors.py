"""Failures that a person can act on: each message says what was expected, what was found and what to do."""


class JobError(Exception):
    """Base of what the training job itself raises; the message is fit for the failure file as it is."""


class HyperparameterError(JobError, ValueError):
    """A hyperparameter is unknown or out of its range."""


class DataError(JobError, ValueError):
    """A channel or a row is not what the task needs."""


class BaseModelError(JobError):
    """The base model cannot be had, or cannot do the task."""


class DivergedError(JobError):
    """The loss is no longer a finite number."""


class CollapsedError(JobError):
    """The training does no better than one answer for every row."""

    def __init__(self, reason: str, step: int) -> None:
        """`reason` is a clause whose subject is the training."""
        super().__init__(f"the training {reason}")
        self.reason = reason
        self.step = step


class MemoryUsedUpError(JobError):
    """Memory ran out where no smaller batch is left to try."""


class ServingError(JobError):
    """The packed archive does not serve, or answers otherwise than the model that was trained."""


class ScriptError(JobError):
    """The user's own training script failed, or left nothing to serve."""


class Interrupted(SystemExit):
    """The job was asked to stop; checkpoints are saved."""

    EXIT_CODE = 143

    def __init__(self) -> None:
        super().__init__(self.EXIT_CODE)
