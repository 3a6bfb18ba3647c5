"""What AWS's errors mean to those who call an adapter: ask again later, or not.

botocore has hundreds of classes and codes, and Step Functions knows an error by the name of its class alone. Every
adapter therefore raises one of two classes of ours for what it does not expect. A class is decorated with `translated`,
so that no method can forget it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)

T = TypeVar("T")


class AwsError(Exception):
    """A call of AWS did not succeed; it is one of the two below."""


class TransientError(AwsError):
    """AWS could not answer at this moment; asking again later helps. The state machine does, for hours."""


class RefusedError(AwsError):
    """AWS refused a request; asking again does not help."""


TRANSIENT_CODES = frozenset(
    {
        # botocore.retries.standard: what it calls throttling and transient errors.
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        # SNS's own word, and those of services that answer them with status 400.
        "Throttled",
        "ThrottledError",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "TransactionConflictException",
        # Credentials of a function are renewed for it.
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
    }
)
_TRANSIENT_STATUSES = frozenset({408, 429})
_UNREACHED = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)
"""No answer, half an answer, or no credentials to ask with at this moment."""


def is_transient(error: BaseException) -> bool:
    """Whether asking again later may help, of an error of botocore or boto3."""
    if isinstance(error, Boto3Error):
        # An upload in parts tells the real error only as its context.
        context = error.__cause__ or error.__context__
        return context is not None and is_transient(context)
    if not isinstance(error, ClientError):
        return isinstance(error, _UNREACHED)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response.get("Error", {}).get("Code", "")
    return code in TRANSIENT_CODES or status in _TRANSIENT_STATUSES or status >= 500


def translation(error: Exception) -> TransientError | RefusedError:
    """The same words in a class of ours."""
    kind = TransientError if is_transient(error) else RefusedError
    return kind(str(error))


def translated(adapter: type[T]) -> type[T]:
    """Makes every public method of a class raise `TransientError` or `RefusedError` instead of botocore's errors."""
    for name, method in inspect.getmembers(adapter, inspect.isfunction):
        if not name.startswith("_"):
            setattr(adapter, name, _translating(method))
    return adapter


def _translating(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        try:
            return method(*arguments, **options)
        except (BotoCoreError, Boto3Error, ClientError) as error:
            raise translation(error) from error

    return call
