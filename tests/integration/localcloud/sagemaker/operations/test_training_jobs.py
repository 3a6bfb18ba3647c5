from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.sagemaker.conftest import TRAINING_IMAGE, Local


def test_a_name_is_taken_for_ever(local: Local) -> None:
    name = local.train("")
    local.finished(name)
    request = local.job(name)
    with pytest.raises(
        ClientError, match="a training job with this name already exists"
    ) as caught:
        local.sagemaker.create_training_job(
            **{
                key: request[key]
                for key in (
                    "TrainingJobName",
                    "RoleArn",
                    "OutputDataConfig",
                    "ResourceConfig",
                )
            },
            AlgorithmSpecification={
                "TrainingImage": TRAINING_IMAGE,
                "TrainingInputMode": "File",
            },
            StoppingCondition=request["StoppingCondition"],
        )
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
