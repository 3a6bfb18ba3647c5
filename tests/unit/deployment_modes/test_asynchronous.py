from __future__ import annotations

from deployment_modes import answers_later, find_mode, may_sleep


def test_answers_and_failures_are_written_where_the_caller_says() -> None:
    fields = find_mode("async").config_fields("s3://b/answers", "s3://b/failures")
    assert fields == {
        "AsyncInferenceConfig": {
            "OutputConfig": {
                "S3OutputPath": "s3://b/answers",
                "S3FailurePath": "s3://b/failures",
            }
        }
    }
    assert find_mode("realtime").config_fields("s3://b/a", "s3://b/f") == {}


def test_the_time_of_a_request_is_the_containers_too() -> None:
    mode = find_mode("async")
    assert mode.answer_seconds({"timeout_minutes": 30}) == 1800
    assert mode.answer_seconds({}) == 900
    # The container's server takes minutes.
    assert mode.container_environment("r", {"timeout_minutes": 30}) == {
        "SAGEMAKER_MODEL_SERVER_TIMEOUT": "30"
    }


def test_only_async_answers_later_and_its_queue_keeps_it_awake() -> None:
    assert [answers_later(name) for name in ("async", "realtime", None)] == [
        True,
        False,
        False,
    ]
    assert [may_sleep(name) for name in ("async", "realtime", "serverless")] == [
        False,
        True,
        False,
    ]
