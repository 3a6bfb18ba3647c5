"""The OpenAPI document of the deployed stack."""

from __future__ import annotations

from openapi_spec_validator import validate

from tests.e2e.client import Cloud


def test_the_document_describes_the_model_that_is_live(cloud: Cloud, live: str) -> None:
    answer = cloud.http.get("/openapi.json")
    assert answer.status_code == 200, answer.text
    described = answer.json()
    validate(described)
    operation = described["paths"][f"/models/{live}/predict"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    prediction = cloud.http.post(f"/models/{live}/predict", json=example)
    assert prediction.status_code == 200, prediction.text
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    labels = schema["anyOf"][0]["properties"]["label"]["enum"]
    assert prediction.json()[0]["label"] in labels
