from __future__ import annotations

from typing import Any

from functions.adapters.service_quotas import ServiceQuotas


class Paginator:
    def __init__(self, pages: list[dict[str, float]]) -> None:
        self._pages = pages

    def paginate(self, **request: str) -> list[dict[str, Any]]:
        assert request == {"ServiceCode": "sagemaker"}
        pages = []
        for page in self._pages:
            quotas = [{"QuotaName": name, "Value": page[name]} for name in page]
            pages.append({"Quotas": quotas})
        return pages


class Client:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def get_paginator(self, operation: str) -> Paginator:
        self.calls.append(operation)
        if operation == "list_aws_default_service_quotas":
            return Paginator([{"a": 1, "b": 2}, {"c": 3}])
        return Paginator([{"b": 20}])


def test_values_of_the_account_take_the_place_of_defaults_and_are_read_once() -> None:
    client = Client()
    quotas = ServiceQuotas(client)
    assert quotas.of_sagemaker() == quotas.of_sagemaker() == {"a": 1, "b": 20, "c": 3}
    assert client.calls == ["list_aws_default_service_quotas", "list_service_quotas"]
