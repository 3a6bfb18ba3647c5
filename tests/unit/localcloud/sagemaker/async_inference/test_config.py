from __future__ import annotations

import pytest

from localcloud.sagemaker.async_inference.config import (
    DEFAULT_INVOCATIONS_PER_INSTANCE,
    AsyncConfig,
    check_async_config,
)
from localcloud.sagemaker.common.errors import ValidationError


def test_what_is_left_out_is_none_or_a_default() -> None:
    config = AsyncConfig.from_body({"OutputConfig": {"S3OutputPath": "s3://b/p"}})
    assert (config.output_path, config.failure_path) == ("s3://b/p", None)
    assert config.topics == ()
    assert config.invocations_per_instance == DEFAULT_INVOCATIONS_PER_INSTANCE


def test_a_topic_of_both_kinds_is_there_once() -> None:
    topics = {"SuccessTopic": "arn:t", "ErrorTopic": "arn:t"}
    body = {
        "OutputConfig": {"NotificationConfig": topics},
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 7},
    }
    config = AsyncConfig.from_body(body)
    assert config.topics == ("arn:t",)
    assert config.invocations_per_instance == 7


@pytest.mark.parametrize("field", ["S3OutputPath", "S3FailurePath"])
def test_paths_are_addresses_of_s3(field: str) -> None:
    check_async_config({"OutputConfig": {field: "s3://b/p"}})
    with pytest.raises(ValidationError, match=f"Expected {field} .* found 'https"):
        check_async_config({"OutputConfig": {field: "https://b.s3.amazonaws.com"}})
