"""The fixture `traindrop_sagemaker`, by `pytest -p localcloud.pytest_plugin`: a local SageMaker for a project's tests.

It starts with the first test that asks for it, in a temporary folder, and is gone with the session. Meanwhile this
process's environment leads boto3 and the SageMaker SDK to it, so the code under test stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from localcloud import lifecycle, sagemaker_sdk
from localcloud.cloud import LocalCloud
from localcloud.environment import CLEARED_VARIABLES, shell_variables


@dataclass(frozen=True)
class LocalSageMaker:
    """What a test may need beside the environment."""

    url: str
    """Of SageMaker's control plane and runtime."""
    role_arn: str
    """Of a role that SageMaker may take, with the rights of AWS's AmazonSageMakerFullAccess."""
    bucket: str
    """The bucket that the SDK takes by default; it is there."""
    environment: Mapping[str, str]
    """The variables that lead a process here: for programs that a test starts."""


@pytest.fixture(scope="session")
def traindrop_sagemaker(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalSageMaker]:
    cloud = LocalCloud.load(tmp_path_factory.mktemp("traindrop") / "state")
    try:
        lifecycle.start_parts(cloud, [])
        account = sagemaker_sdk.prepare(cloud)
        variables = shell_variables(cloud) | sagemaker_sdk.variables(cloud)
        with pytest.MonkeyPatch.context() as patch:
            for name in CLEARED_VARIABLES:
                patch.delenv(name, raising=False)
            for name, value in variables.items():
                patch.setenv(name, value)
            yield LocalSageMaker(
                cloud.sagemaker_url, account.role_arn, account.bucket, dict(os.environ)
            )
    finally:
        lifecycle.down(cloud)
        lifecycle.purge(cloud)
