from __future__ import annotations

from contracts.failures import JOB_FAILED, CauseAndRemedy
from functions.adapters.logs import Logs
from tests.unit.functions.adapters.stubs import StubbedClient


def test_logs_are_the_newest_lines_of_all_streams() -> None:
    logs = StubbedClient("logs")
    streams = [{"logStreamName": "j/algo-1"}, {"logStreamName": "j/algo-2"}]
    requests = {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "logStreamNamePrefix": "j/",
        "limit": 10,
    }
    logs.answers("describe_log_streams", {"logStreams": streams}, requests)
    for times in ((1, 3), (2, 4)):
        events = [
            {
                "timestamp": position,
                "message": f"line {position}\n",
                "ingestionTime": position,
            }
            for position in times
        ]
        logs.answers("get_log_events", {"events": events})
    assert Logs(logs.client).of_job("j", lines=3) == ["line 2", "line 3", "line 4"]


def test_where_nothing_was_logged_there_are_no_lines() -> None:
    logs = StubbedClient("logs")
    logs.refuses("describe_log_streams", "ResourceNotFoundException", "no such group")
    assert Logs(logs.client).of_endpoint("e") == []


def test_a_jobs_newest_stream_is_read_from_its_end_in_one_call() -> None:
    logs = StubbedClient("logs")
    streams = [
        {"logStreamName": "j/algo-1-7", "creationTime": 7, "arn": "a"},
        {"logStreamName": "j/algo-1-9", "creationTime": 9, "arn": "a"},
        {"logStreamName": "j/algo-1-8", "creationTime": 8, "arn": "a"},
    ]
    requests = {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "logStreamNamePrefix": "j/algo-1-",
        "limit": 10,
    }
    logs.answers("describe_log_streams", {"logStreams": streams}, requests)
    read = {
        "logGroupName": requests["logGroupName"],
        "logStreamName": "j/algo-1-9",
        "limit": 50,
        "startFromHead": False,
    }
    logs.answers(
        "get_log_events",
        {"events": [{"timestamp": 1, "message": "x\n", "ingestionTime": 1}]},
        read,
    )
    result = Logs(logs.client)
    assert result.latest(result.stream_of_job("j")) == ["x"]


def test_a_log_that_cannot_be_read_costs_a_running_job_nothing() -> None:
    logs = StubbedClient("logs")
    logs.refuses("describe_log_streams", "AccessDeniedException", "no")
    logs.answers("describe_log_streams", {"logStreams": []})
    logs.refuses("get_log_events", "ThrottlingException", "slower")
    result = Logs(logs.client)
    assert [result.stream_of_job("j"), result.stream_of_job("j")] == ["", ""]
    assert result.latest("j/algo-1-9") == []


def test_a_line_is_long_enough_for_what_a_failed_job_says_last() -> None:
    logs = StubbedClient("logs")
    output = f"{JOB_FAILED}{CauseAndRemedy('x' * 2000, 'Do it.')}"
    logs.answers(
        "describe_log_streams",
        {"logStreams": [{"logStreamName": "j/algo-1-9", "arn": "a"}]},
    )
    logs.answers(
        "get_log_events",
        {"events": [{"timestamp": 1, "message": output, "ingestionTime": 1}]},
    )
    assert Logs(logs.client).of_job("j") == [output]


def test_what_sagemaker_noted_of_an_object_of_a_transform_job_is_found() -> None:
    logs = StubbedClient("logs")
    streams = [{"logStreamName": "j/i-1"}, {"logStreamName": "j/i-1/data-log"}]
    lines = (
        "[sagemaker logs]: 000000001-1.jsonl: Bad HTTP status received: 422",
        "[sagemaker logs]: 000000001-1.jsonl: ",
        "[sagemaker logs]: 000000002-1.jsonl: Bad HTTP status received: 500",
        "[sagemaker logs]: 000000001-1.jsonl: no such word",
    )
    events = [
        {"timestamp": number, "message": line, "ingestionTime": number}
        for number, line in enumerate(lines)
    ]
    for _ in range(2):
        logs.answers("describe_log_streams", {"logStreams": streams})
        logs.answers("get_log_events", {"events": events})
    words = Logs(logs.client).of_transform("j", "000000001-1.jsonl")
    assert words == "Bad HTTP status received: 422 no such word"
    assert Logs(logs.client).of_transform("j").startswith(lines[0])


def test_a_log_that_cannot_be_read_has_no_words() -> None:
    logs = StubbedClient("logs")
    logs.refuses("describe_log_streams", "AccessDeniedException", "no")
    assert Logs(logs.client).of_transform("j") == ""
