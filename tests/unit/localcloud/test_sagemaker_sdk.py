from __future__ import annotations

from localcloud.sagemaker_sdk import SdkAccount, settings

ROLE = "arn:aws:iam::123456789012:role/r"


def test_the_bucket_is_the_one_that_the_sdk_would_choose_on_aws() -> None:
    sagemaker = settings(SdkAccount(ROLE))["SageMaker"]
    modules = sagemaker["PythonSDK"]["Modules"]
    assert modules["Session"]["DefaultS3Bucket"] == "sagemaker-us-east-1-123456789012"
    assert modules["TelemetryOptOut"] is True
    assert sagemaker["TrainingJob"]["RoleArn"] == ROLE
    assert sagemaker["Model"]["ExecutionRoleArn"] == ROLE
