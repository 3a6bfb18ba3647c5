"""The errors the API answers with, named as SageMaker names them, and the reasons of failed jobs and deployments."""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than success: the code on the wire, a sentence, an HTTP status."""

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
    """`ResourceInUse`: the name of a job is taken for ever."""

    code = "ResourceInUse"
    status = 400


class ResourceLimitError(ApiError):
    """`ResourceLimitExceeded`: a quota of the account is full."""

    code = "ResourceLimitExceeded"
    status = 400


class UnknownOperationError(ApiError):
    """SageMaker has no such operation, or the local one does not have it."""

    code = "UnknownOperationException"
    status = 400


class AccessDeniedError(ApiError):
    """`AccessDeniedException`: the caller's policies do not allow the operation."""

    code = "AccessDeniedException"
    status = 400


class RoleError(ValidationError):
    """SageMaker cannot take the role that it is passed."""


class JobError(Exception):
    """A job failed. The text is its `FailureReason`."""


class DeploymentError(Exception):
    """A deployment failed. The text is the endpoint's `FailureReason`."""
