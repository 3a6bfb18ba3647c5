"""Service Quotas and the Price List, of which ministack has neither: what an account may use, and what it costs.

The local cloud bills nothing, and of quotas it enforces those of endpoints alone. The values are those of two files in
the engine's state folder, read anew at every request: `quotas.json`, names of quotas to values, and `prices.json`, the
products as the Price List writes them. Without a file the list is empty.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud.engine.dispatch import (
    Proceed,
    Request,
    Response,
    around_requests,
    json_response,
)

QUOTAS_FILE, PRICES_FILE = "quotas.json", "prices.json"
_QUOTAS, _PRICES = "ServiceQuotasV20190624.", "AWSPriceListService."


def apply(state: Path) -> None:
    async def handle(request: Request, proceed: Proceed) -> Response:
        target = request.headers.get("x-amz-target", "")
        if not target.startswith((_QUOTAS, _PRICES)):
            return await proceed()
        return answer(state, request.operation, json.loads(request.body or b"{}"))

    around_requests(handle)


def answer(state: Path, operation: str, parameters: dict[str, Any]) -> Response:
    """The answer to one operation; 400 for one that is not imitated."""
    if operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
        return json_response(200, {"Quotas": _quotas(state, parameters["ServiceCode"])})
    if operation == "GetProducts":
        return json_response(
            200, {"FormatVersion": "aws_v1", "PriceList": _products(state, parameters)}
        )
    message = f"The local cloud does not have the operation {operation}."
    return json_response(
        400, {"__type": "UnknownOperationException", "message": message}
    )


def _quotas(state: Path, service: str) -> list[dict[str, Any]]:
    quotas: dict[str, dict[str, float]] = _read(state / QUOTAS_FILE, {})
    return [
        {"ServiceCode": service, "QuotaName": name, "Value": value, "Adjustable": True}
        for name, value in quotas.get(service, {}).items()
    ]


def _products(state: Path, parameters: dict[str, Any]) -> list[str]:
    wanted = {item["Field"]: item["Value"] for item in parameters.get("Filters", [])}
    products: list[dict[str, Any]] = _read(state / PRICES_FILE, [])
    return [
        json.dumps(product)
        for product in products
        if wanted.items() <= product["product"]["attributes"].items()
    ]


def _read(path: Path, default: Any) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else default
