"""The errors the API answers with, named as SageMaker names them."""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than success: the wire code, a sentence, an HTTP status."""

    code = "InternalFailure"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(ApiError):
    """`ValidationException`: malformed requests, and missing or duplicate models, configs and endpoints."""

    code = "ValidationException"
    status = 400


class ResourceInUseError(ApiError):
    """`ResourceInUse`: the name of a training job is taken for ever."""

    code = "ResourceInUse"
    status = 400


class UnknownOperationError(ApiError):
    """The operation does not exist, or not here."""

    code = "UnknownOperationException"
    status = 400


class JobError(Exception):
    """A training job failed; the text is its `FailureReason`."""


class DeploymentError(Exception):
    """A deployment failed; the text is the endpoint's `FailureReason`."""
