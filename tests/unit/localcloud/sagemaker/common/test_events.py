from __future__ import annotations

from localcloud.sagemaker.common.events import event_detail
from localcloud.sagemaker.common.store import ENDPOINT, TRAINING_JOB, TRANSFORM_JOB


def test_times_are_milliseconds_and_tags_a_map() -> None:
    job = {
        "TrainingJobName": "j",
        "TrainingJobStatus": "InProgress",
        "CreationTime": 1.5,
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": 1.5}],
        "Environment": {"A": "1"},
    }
    assert event_detail(TRAINING_JOB, job, [{"Key": "k", "Value": "v"}]) == {
        "TrainingJobName": "j",
        "TrainingJobStatus": "InProgress",
        "CreationTime": 1500,
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": 1500}],
        "Tags": {"k": "v"},
    }


def test_a_transform_job_has_the_fields_of_its_schema() -> None:
    job = {"TransformJobName": "t", "TransformJobStatus": "Completed"}
    times = {"TransformEndTime": 2.5, "LastModifiedTime": 3.0}
    assert event_detail(TRANSFORM_JOB, job | times, []) == job | {
        "TransformEndTime": 2500,
        "Tags": {},
    }


def test_endpoint_statuses_are_in_capitals() -> None:
    assert (
        event_detail(ENDPOINT, {"EndpointStatus": "InService"}, [])["EndpointStatus"]
        == "IN_SERVICE"
    )
    assert (
        event_detail(ENDPOINT, {"EndpointStatus": "Creating"}, [])["EndpointStatus"]
        == "CREATING"
    )
