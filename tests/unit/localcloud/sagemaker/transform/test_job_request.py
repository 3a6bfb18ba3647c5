from __future__ import annotations

from typing import Any

import pytest

from localcloud.sagemaker.transform.job_request import Batching, TransformRequest


def request(**changes: Any) -> TransformRequest:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}
    body = {
        "TransformJobName": "job",
        "ModelName": "model",
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    return TransformRequest.from_body(body | changes)


WISHES = {
    "MaxConcurrentTransforms": 8,
    "BatchStrategy": "SINGLE_RECORD",
    "MaxPayloadInMB": 3,
}


@pytest.mark.parametrize(
    ("changes", "wishes", "expected"),
    [
        ({}, {}, Batching(1, 6, "MultiRecord")),
        ({}, WISHES, Batching(8, 3, "SingleRecord")),
        ({"MaxConcurrentTransforms": 0}, WISHES, Batching(8, 3, "SingleRecord")),
        (
            {
                "MaxConcurrentTransforms": 2,
                "MaxPayloadInMB": 0,
                "BatchStrategy": "MultiRecord",
            },
            WISHES,
            Batching(2, 0, "MultiRecord"),
        ),
    ],
)
def test_the_request_decides_then_the_container(
    changes: dict[str, Any], wishes: dict[str, Any], expected: Batching
) -> None:
    assert request(**changes).batching(wishes) == expected


def test_the_container_learns_what_the_request_says_and_no_more() -> None:
    assert request().container_environment() == {"SAGEMAKER_BATCH": "true"}
    changes = {"MaxPayloadInMB": 2, "BatchStrategy": "SingleRecord"}
    own = {"Environment": {"HF_TASK": "fill-mask"}, "MaxConcurrentTransforms": 4}
    assert request(**changes, **own).container_environment() == {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "2",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4",
        "HF_TASK": "fill-mask",
    }
