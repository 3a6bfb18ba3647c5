from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.retries import standard

from functions.adapters import errors
from functions.adapters.alarms import Alarms
from functions.adapters.arrivals import Arrivals
from functions.adapters.batches import Batches
from functions.adapters.errors import (
    RefusedError,
    TransientError,
    is_transient,
    translated,
)
from functions.adapters.ledger import Ledger
from functions.adapters.links import Links
from functions.adapters.logs import Logs
from functions.adapters.notifications import Notifications
from functions.adapters.prediction_queue import PredictionQueue
from functions.adapters.runtime import Runtime
from functions.adapters.sagemaker import SageMaker
from functions.adapters.secrets import SecretError, Secrets
from functions.adapters.storage import Storage
from functions.adapters.usage import Usage
from functions.adapters.workflow import Workflow
from tests.chaos.faults import client_error
from tests.unit.functions.adapters.stubs import StubbedClient

ADAPTERS = (
    Ledger,
    Arrivals,
    Batches,
    Links,
    Alarms,
    Logs,
    Notifications,
    PredictionQueue,
    Runtime,
    SageMaker,
    Secrets,
    Storage,
    Usage,
    Workflow,
)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("Throttling", 400),
        ("SlowDown", 503),
        ("TooManyRequestsException", 429),
        ("ProvisionedThroughputExceededException", 400),
        ("InternalServerError", 500),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("Unheard", 530),
        ("RequestTimeout", 400),
        ("ExpiredTokenException", 400),
        ("Throttled", 429),
    ],
)
def test_throttling_and_errors_of_aws_itself_pass(code: str, status: int) -> None:
    assert is_transient(client_error(code, "x", "DescribeEndpoint", status))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDeniedException", 403),
        ("ValidationException", 400),
        ("ResourceLimitExceeded", 400),
        ("ResourceNotFound", 404),
        ("NoSuchKey", 404),
        ("ConditionalCheckFailedException", 400),
        ("UnrecognizedClientException", 400),
    ],
)
def test_a_refusal_does_not_pass(code: str, status: int) -> None:
    assert not is_transient(client_error(code, "x", "DescribeEndpoint", status))


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x"),
        EndpointConnectionError(endpoint_url="x"),
        NoCredentialsError(),
    ],
)
def test_no_answer_passes(error: Exception) -> None:
    assert is_transient(error)


def test_what_was_never_sent_does_not_pass() -> None:
    assert not is_transient(ParamValidationError(report="x"))
    assert not is_transient(ValueError("x"))


def test_an_upload_in_parts_is_judged_by_what_stopped_it() -> None:
    for code, status, passes in (("SlowDown", 503, True), ("AccessDenied", 403, False)):
        failed = S3UploadFailedError("Failed to upload")
        failed.__context__ = client_error(code, "x", "UploadPart", status)
        assert is_transient(failed) is passes
    assert not is_transient(S3UploadFailedError("Failed to upload"))


def test_all_codes_that_botocore_retries_are_transient() -> None:
    throttled: Any = standard.ThrottledRetryableChecker
    transient: Any = standard.TransientRetryableChecker
    names = {*throttled._THROTTLED_ERROR_CODES, *transient._TRANSIENT_ERROR_CODES}
    assert names <= errors.TRANSIENT_CODES


@translated
class _Adapter:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def ask(self) -> None:
        raise self._error


def test_an_adapter_raises_our_classes_with_the_words_of_aws() -> None:
    busy = client_error("ThrottlingException", "Rate exceeded", "DescribeEndpoint")
    with pytest.raises(TransientError, match=r"ThrottlingException.*Rate exceeded"):
        _Adapter(busy).ask()
    denied = client_error("AccessDeniedException", "no", "DescribeEndpoint", 403)
    with pytest.raises(RefusedError, match="AccessDenied"):
        _Adapter(denied).ask()
    with pytest.raises(KeyError):
        _Adapter(KeyError("labels")).ask()


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.__name__)
def test_every_public_method_of_an_adapter_is_translated(adapter: type) -> None:
    methods = [
        member
        for name, member in vars(adapter).items()
        if not name.startswith("_") and callable(member)
    ]
    assert methods
    assert all(hasattr(method, "__wrapped__") for method in methods)


def test_no_adapter_of_a_client_is_left_out() -> None:
    """A class whose constructor takes a client of boto is one of those above."""
    folder = Path(errors.__file__).parent
    sources = {path.stem: path.read_text() for path in folder.glob("*.py")}
    with_client = {name for name, text in sources.items() if "mypy_boto3" in text}
    assert with_client - {"ledger_table"} == {
        adapter.__module__.rpartition(".")[2] for adapter in ADAPTERS[3:]
    }


def test_a_secret_that_cannot_be_read_now_is_not_called_missing() -> None:
    secrets = StubbedClient("secretsmanager")
    secrets.refuses("get_secret_value", "ThrottlingException", "Rate exceeded")
    with pytest.raises(TransientError):
        Secrets(secrets.client).token("traindrop/hub")
    secrets.refuses("get_secret_value", "ResourceNotFoundException", "no")
    with pytest.raises(SecretError):
        Secrets(secrets.client).token("traindrop/hub")


def test_the_error_of_botocore_is_kept() -> None:
    busy = client_error("SlowDown", "x", "PutObject", 503)
    with pytest.raises(TransientError) as raised:
        _Adapter(busy).ask()
    assert isinstance(raised.value.__cause__, ClientError)
