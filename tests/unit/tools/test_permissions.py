from __future__ import annotations

from tests.unit.stack import template
from tools.permissions import ANYTHING, PERMISSIONS


def test_every_function_has_its_permissions() -> None:
    assert template.functions().keys() == PERMISSIONS.keys()


def test_only_listing_numbers_and_prices_are_allowed_on_everything() -> None:
    everywhere: set[str] = set()
    for permissions in PERMISSIONS.values():
        for permission in permissions:
            if ANYTHING in permission.resources:
                everywhere.update(permission.actions)
    assert everywhere == {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricStatistics",
        "pricing:GetProducts",
        "sagemaker:ListEndpointConfigs",
        "sagemaker:ListEndpoints",
        "sagemaker:ListModels",
        "sagemaker:ListTrainingJobs",
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListServiceQuotas",
    }
