from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.engine.account_services import PRICES_FILE, QUOTAS_FILE, answer


def body(state: Path, operation: str, **parameters: Any) -> dict[str, Any]:
    status, _, content = answer(state, operation, parameters)
    assert status == 200
    result: dict[str, Any] = json.loads(content)
    return result


@pytest.mark.parametrize(
    "operation", ["ListServiceQuotas", "ListAWSDefaultServiceQuotas"]
)
def test_quotas_are_those_of_the_file(tmp_path: Path, operation: str) -> None:
    quotas = {"sagemaker": {"ml.g5.xlarge for training job usage": 1.0}}
    (tmp_path / QUOTAS_FILE).write_text(json.dumps(quotas))
    listed = body(tmp_path, operation, ServiceCode="sagemaker")["Quotas"]
    assert [(quota["QuotaName"], quota["Value"]) for quota in listed] == [
        ("ml.g5.xlarge for training job usage", 1.0)
    ]
    assert body(tmp_path, operation, ServiceCode="lambda")["Quotas"] == []


def test_products_are_those_that_have_every_attribute(tmp_path: Path) -> None:
    products: list[dict[str, Any]] = [
        {"product": {"attributes": {"regionCode": region, "component": "Training"}}}
        for region in ("eu-central-1", "us-east-1")
    ]
    (tmp_path / PRICES_FILE).write_text(json.dumps(products))
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
        {"Type": "TERM_MATCH", "Field": "component", "Value": "Training"},
    ]
    listed = body(tmp_path, "GetProducts", Filters=filters)["PriceList"]
    assert [json.loads(product) for product in listed] == [products[1]]


def test_without_files_the_lists_are_empty(tmp_path: Path) -> None:
    assert body(tmp_path, "ListServiceQuotas", ServiceCode="sagemaker")["Quotas"] == []
    assert body(tmp_path, "GetProducts")["PriceList"] == []


def test_another_operation_is_refused(tmp_path: Path) -> None:
    status, _, content = answer(tmp_path, "RequestServiceQuotaIncrease", {})
    assert (status, json.loads(content)["__type"]) == (400, "UnknownOperationException")
