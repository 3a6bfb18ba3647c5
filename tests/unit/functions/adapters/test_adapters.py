"""What the adapters make of AWS's answers and refusals; the answers are checked against botocore's models."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from contracts.failures import JOB_FAILED, CauseAndRemedy
from functions.adapters import runtime as predictions
from functions.adapters.logs import Logs
from functions.adapters.notifications import Message, NotificationError, Notifications
from functions.adapters.runtime import Runtime
from functions.adapters.sagemaker import EndpointBusyError, InstanceRefusedError, SageMaker
from functions.adapters.workflow import Workflow

ARN = "arn:aws:sagemaker:eu-central-1:123456789012:endpoint-config/traindrop-x"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:flow"
EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:flow:e1"


@cache
def session() -> Any:
    return boto3.Session("id", "secret", region_name="eu-central-1")


def new_client(service: str) -> Any:
    """Clients of one session share what it has read of botocore's models."""
    return session().client(service)


class Stubbed:
    """A client that never sends: every expected call and its answer are queued."""

    def __init__(self, service: str) -> None:
        self.client = new_client(service)
        self.stub: Any = Stubber(self.client)
        self.stub.activate()

    def refuses(
        self, operation: str, code: str, message: str, status: int = 400, **more: Any
    ) -> None:
        self.stub.add_client_error(operation, code, message, status, modeled_fields=more or None)

    def answers(
        self, operation: str, answer: dict[str, Any], expected: dict[str, Any] | None = None
    ) -> None:
        self.stub.add_response(operation, answer, expected)


@pytest.fixture
def sagemaker() -> Iterator[Stubbed]:
    stubbed = Stubbed("sagemaker")
    yield stubbed
    stubbed.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ValidationException", 'Could not find endpoint "arn:aws:sagemaker:x".'),
        ("ValidationException", "Requested resource not found."),
        ("ResourceNotFound", "gone"),
    ],
)
def test_what_is_missing_is_none(sagemaker: Stubbed, code: str, message: str) -> None:
    sagemaker.refuses("describe_endpoint", code, message)
    assert SageMaker(sagemaker.client).endpoint("x") is None


def test_another_validation_error_is_raised(sagemaker: Stubbed) -> None:
    sagemaker.refuses(
        "describe_endpoint", "ValidationException", "1 validation error detected: Value 'ü' at name"
    )
    with pytest.raises(ClientError, match="1 validation error"):
        SageMaker(sagemaker.client).endpoint("ü")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceInUse", "Job name must be unique within an AWS account and region"),
        ("ValidationException", "Cannot create already existing training job"),
    ],
)
def test_a_name_that_is_taken_is_false(sagemaker: Stubbed, code: str, message: str) -> None:
    sagemaker.refuses("create_training_job", code, message)
    request = {
        "TrainingJobName": "j",
        "RoleArn": "r" * 20,
        "OutputDataConfig": {"S3OutputPath": "s3://b/p"},
    }
    assert SageMaker(sagemaker.client).create_job(request) is False


def test_a_full_quota_is_a_refusal(sagemaker: Stubbed) -> None:
    sagemaker.refuses("create_training_job", "ResourceLimitExceeded", "is 0 Instances")
    request = {
        "TrainingJobName": "j",
        "RoleArn": "r" * 20,
        "OutputDataConfig": {"S3OutputPath": "s3://b/p"},
    }
    with pytest.raises(InstanceRefusedError, match="is 0 Instances"):
        SageMaker(sagemaker.client).create_job(request)


@pytest.mark.parametrize(
    "message",
    [
        'Cannot create already existing endpoint "arn".',
        'Could not find endpoint configuration "arn".',
    ],
)
def test_an_endpoint_that_cannot_be_created_yet_is_busy(sagemaker: Stubbed, message: str) -> None:
    sagemaker.refuses("create_endpoint", "ValidationException", message)
    with pytest.raises(EndpointBusyError):
        SageMaker(sagemaker.client).create_endpoint("e", "c", {"traindrop:stack": "s"})


def test_an_endpoint_that_is_updating_is_busy(sagemaker: Stubbed) -> None:
    sagemaker.refuses(
        "update_endpoint", "ValidationException", 'Cannot update in-progress endpoint "arn".'
    )
    with pytest.raises(EndpointBusyError, match="Cannot update in-progress endpoint"):
        SageMaker(sagemaker.client).update_endpoint("e", "c")


def test_deleting_what_is_gone_is_false_and_what_is_busy_raises(sagemaker: Stubbed) -> None:
    adapter = SageMaker(sagemaker.client)
    sagemaker.refuses("delete_model", "ValidationException", 'Could not find model "arn".')
    assert adapter.delete("model", "m") is False
    sagemaker.refuses(
        "delete_endpoint", "ValidationException", "Cannot update in-progress endpoint"
    )
    with pytest.raises(EndpointBusyError):
        adapter.delete("endpoint", "e")
    sagemaker.answers("delete_endpoint_config", {}, {"EndpointConfigName": "c"})
    assert adapter.delete("endpoint-config", "c") is True


def test_only_a_running_job_is_stopped(sagemaker: Stubbed) -> None:
    sagemaker.refuses(
        "describe_training_job", "ValidationException", "Requested resource not found."
    )
    assert SageMaker(sagemaker.client).stop_job("j") is False


def test_owned_is_what_begins_with_the_prefix_and_carries_the_tags(sagemaker: Stubbed) -> None:
    names = ("traindrop-x", "other-traindrop-x", "traindrop-y")
    configs = [
        {"EndpointConfigName": n, "EndpointConfigArn": ARN, "CreationTime": 0} for n in names
    ]
    sagemaker.answers(
        "list_endpoint_configs", {"EndpointConfigs": configs}, {"NameContains": "traindrop-"}
    )
    own = [{"Key": "traindrop:stack", "Value": "traindrop"}, {"Key": "team", "Value": "a"}]
    sagemaker.answers("list_tags", {"Tags": own}, {"ResourceArn": ARN})
    sagemaker.answers("list_tags", {"Tags": []}, {"ResourceArn": ARN})
    found = SageMaker(sagemaker.client).owned(
        "endpoint-config", "traindrop-", {"traindrop:stack": "traindrop"}
    )
    assert [item.name for item in found] == ["traindrop-x"]


@pytest.fixture
def runtime() -> Stubbed:
    return Stubbed("sagemaker-runtime")


def test_a_prediction_is_the_models_body(runtime: Stubbed) -> None:
    body = StreamingBody(io.BytesIO(b'[{"label": "a"}]'), 16)
    expected = {
        "EndpointName": "e",
        "ContentType": "application/json",
        "Accept": "application/json",
        "Body": b"{}",
    }
    runtime.answers("invoke_endpoint", {"Body": body}, expected)
    assert Runtime(runtime.client).predict("e", {}) == [{"label": "a"}]


@pytest.mark.parametrize(
    ("code", "message", "status", "error"),
    [
        ("ModelNotReadyException", "loading", 429, predictions.ModelAsleepError),
        ("ThrottlingException", "Rate exceeded", 400, predictions.OverloadedError),
        ("ServiceUnavailable", "busy", 503, predictions.OverloadedError),
        ("InternalDependencyException", "x", 530, predictions.OverloadedError),
        (
            "ValidationError",
            "Endpoint e of account 1 not found.",
            400,
            predictions.EndpointMissingError,
        ),
        ("ValidationError", "Endpoint e is Creating", 400, predictions.EndpointNotServingError),
        ("AccessDeniedException", "no", 403, ClientError),
    ],
)
def test_refusals_have_their_meaning(
    runtime: Stubbed, code: str, message: str, status: int, error: type[Exception]
) -> None:
    runtime.refuses("invoke_endpoint", code, message, status)
    with pytest.raises(error):
        Runtime(runtime.client).invoke("e", b"{}")


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (
            500,
            '{"code":500,"type":"InternalServerException","message":"Worker died."}',
            "Worker died.",
        ),
        (400, '{"error": {"message": "too long"}}', "too long"),
        (422, '{"error": "no text"}', "no text"),
        (500, "plain", "plain"),
        (500, "[1]", "[1]"),
    ],
)
def test_a_models_error_keeps_its_status_and_message(
    runtime: Stubbed, status: int, text: str, said: str
) -> None:
    runtime.refuses(
        "invoke_endpoint", "ModelError", "m", 424, OriginalStatusCode=status, OriginalMessage=text
    )
    with pytest.raises(predictions.ModelFailedError) as failed:
        Runtime(runtime.client).invoke("e", b"{}")
    assert (failed.value.status, failed.value.message) == (status, said)


def test_sagemakers_own_time_limit_is_a_timeout(runtime: Stubbed) -> None:
    text = "Your invocation timed out while waiting for a response from container primary."
    runtime.refuses(
        "invoke_endpoint", "ModelError", text, 424, OriginalStatusCode=0, OriginalMessage=text
    )
    with pytest.raises(predictions.PredictionTimeoutError):
        Runtime(runtime.client).invoke("e", b"{}")


@pytest.mark.parametrize("status", [429, 503])
def test_a_model_that_sheds_load_is_overloaded(runtime: Stubbed, status: int) -> None:
    runtime.refuses(
        "invoke_endpoint", "ModelError", "m", 424, OriginalStatusCode=status, OriginalMessage="full"
    )
    with pytest.raises(predictions.OverloadedError, match="full"):
        Runtime(runtime.client).invoke("e", b"{}")


class Failing:
    """A client whose calls fail before there is an answer."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        if self.errors:
            raise self.errors.pop(0)
        return {"Body": io.BytesIO(b"{}")}


def test_no_answer_in_time_is_a_timeout_and_not_asked_again() -> None:
    client: Any = Failing(ReadTimeoutError(endpoint_url="u"))
    with pytest.raises(predictions.PredictionTimeoutError):
        Runtime(client).invoke("e", b"{}")


def test_a_connection_that_was_closed_is_opened_again_once() -> None:
    once: Any = Failing(ConnectionClosedError(endpoint_url="u"))
    assert Runtime(once).invoke("e", b"{}") == b"{}"
    twice: Any = Failing(
        ConnectionClosedError(endpoint_url="u"), ConnectionClosedError(endpoint_url="u")
    )
    with pytest.raises(predictions.OverloadedError, match="could not be reached"):
        Runtime(twice).invoke("e", b"{}")


def test_logs_are_the_newest_lines_of_all_streams() -> None:
    logs = Stubbed("logs")
    streams = [{"logStreamName": "j/algo-1"}, {"logStreamName": "j/algo-2"}]
    asked = {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "logStreamNamePrefix": "j/",
        "limit": 10,
    }
    logs.answers("describe_log_streams", {"logStreams": streams}, asked)
    for times in ((1, 3), (2, 4)):
        events = [{"timestamp": at, "message": f"line {at}\n", "ingestionTime": at} for at in times]
        logs.answers("get_log_events", {"events": events})
    assert Logs(logs.client).of_job("j", lines=3) == ["line 2", "line 3", "line 4"]


def test_where_nothing_was_logged_there_are_no_lines() -> None:
    logs = Stubbed("logs")
    logs.refuses("describe_log_streams", "ResourceNotFoundException", "no such group")
    assert Logs(logs.client).of_endpoint("e") == []


def test_a_jobs_newest_stream_is_read_from_its_end_in_one_call() -> None:
    logs = Stubbed("logs")
    streams = [
        {"logStreamName": "j/algo-1-7", "creationTime": 7, "arn": "a"},
        {"logStreamName": "j/algo-1-9", "creationTime": 9, "arn": "a"},
        {"logStreamName": "j/algo-1-8", "creationTime": 8, "arn": "a"},
    ]
    asked = {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "logStreamNamePrefix": "j/algo-1-",
        "limit": 10,
    }
    logs.answers("describe_log_streams", {"logStreams": streams}, asked)
    read = {
        "logGroupName": asked["logGroupName"],
        "logStreamName": "j/algo-1-9",
        "limit": 50,
        "startFromHead": False,
    }
    logs.answers(
        "get_log_events", {"events": [{"timestamp": 1, "message": "x\n", "ingestionTime": 1}]}, read
    )
    found = Logs(logs.client)
    assert found.latest(found.stream_of_job("j")) == ["x"]


def test_a_log_that_cannot_be_read_costs_a_running_job_nothing() -> None:
    logs = Stubbed("logs")
    logs.refuses("describe_log_streams", "AccessDeniedException", "no")
    logs.answers("describe_log_streams", {"logStreams": []})
    logs.refuses("get_log_events", "ThrottlingException", "slower")
    found = Logs(logs.client)
    assert [found.stream_of_job("j"), found.stream_of_job("j")] == ["", ""]
    assert found.latest("j/algo-1-9") == []


def test_a_line_is_long_enough_for_what_a_failed_job_says_last() -> None:
    logs = Stubbed("logs")
    said = f"{JOB_FAILED}{CauseAndRemedy('x' * 2000, 'Do it.')}"
    logs.answers(
        "describe_log_streams", {"logStreams": [{"logStreamName": "j/algo-1-9", "arn": "a"}]}
    )
    logs.answers(
        "get_log_events", {"events": [{"timestamp": 1, "message": said, "ingestionTime": 1}]}
    )
    assert Logs(logs.client).of_job("j") == [said]


def test_executions_are_found_by_arn_and_by_name() -> None:
    states = Stubbed("stepfunctions")
    found = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "startDate": 0,
        "status": "ABORTED",
    }
    states.answers("describe_execution", found, {"executionArn": EXECUTION})
    states.answers("describe_execution", found, {"executionArn": EXECUTION})
    states.refuses("describe_execution", "ExecutionDoesNotExist", "gone")
    workflow = Workflow(states.client, MACHINE)
    assert (workflow.status(EXECUTION), workflow.status("e1"), workflow.status("e2")) == (
        "ABORTED",
        "ABORTED",
        None,
    )


def test_an_execution_is_started_once() -> None:
    states = Stubbed("stepfunctions")
    asked = {"stateMachineArn": MACHINE, "name": "sweep-1", "input": '{"a": 1}'}
    states.answers("start_execution", {"executionArn": EXECUTION, "startDate": 0}, asked)
    states.refuses("start_execution", "ExecutionAlreadyExists", "there is one")
    workflow = Workflow(states.client, MACHINE)
    assert [workflow.start("sweep-1", {"a": 1}), workflow.start("sweep-1", {"a": 1})] == [
        True,
        False,
    ]


def test_an_event_that_was_not_taken_is_an_error() -> None:
    sns, events = Stubbed("sns"), Stubbed("events")
    sns.answers(
        "publish", {"MessageId": "1"}, {"TopicArn": "arn:t", "Subject": "s", "Message": "b"}
    )
    events.answers("put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "too big"}]})
    notifications = Notifications(sns.client, events.client, "arn:t")
    notifications.publish(Message("s", "b"))
    with pytest.raises(NotificationError, match="EventBridge refused the event: too big"):
        notifications.announce({"run": "r"})
