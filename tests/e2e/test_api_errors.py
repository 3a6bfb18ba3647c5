"""What the API answers to those who call it wrongly."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.e2e.client import Cloud


def test_without_a_key_nothing_answers(cloud: Cloud, live: str) -> None:
    base = str(cloud.http.base_url)
    answers = [
        httpx.post(f"{base}models/{live}/predict", json={"inputs": "a film"}),
        httpx.get(f"{base}runs"),
        httpx.get(f"{base}runs", headers={"x-api-key": "another"}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["error"]["code"] for answer in answers} == {"wrong_api_key"}


def require_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The document of an error, whoever answered it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:traindrop:problem:{code}"
    assert document["error"]["code"] == code
    assert document.get("status", status) == status
    assert uuid.UUID(document["instance"]).hex == uuid.UUID(document["request_id"]).hex
    return document


def test_an_unknown_path_is_answered_with_the_nearest(cloud: Cloud) -> None:
    document = require_problem(cloud.http.get("/model"), 404, "unknown_route")
    assert document["nearest_routes"][0] == "GET /models"
    require_problem(cloud.http.get("/"), 404, "unknown_route")


def test_another_method_is_answered_with_those_that_are_allowed(cloud: Cloud) -> None:
    answer = cloud.http.put("/models")
    require_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_the_gateways_own_answers_have_the_same_form(cloud: Cloud, live: str) -> None:
    path = f"/models/{live}/predict"
    without_key = httpx.get(f"{cloud.http.base_url}nowhere")
    require_problem(without_key, 403, "wrong_api_key")
    too_large = cloud.http.post(path, content=b" " * (10 * 2**20 + 1))
    require_problem(too_large, 413, "body_too_large")


def test_a_body_above_lambdas_limit_is_refused_in_the_apis_shape(
    cloud: Cloud, live: str
) -> None:
    answer = cloud.predict(live, '"' * 2**22)
    assert (answer.status_code, answer.json()["error"]["code"]) == (
        413,
        "body_too_large",
    )


def test_a_body_in_another_charset_is_refused(cloud: Cloud, live: str) -> None:
    answer = cloud.http.post(
        f"/models/{live}/predict",
        content='{"inputs": "un café"}'.encode("latin-1"),
        headers={"content-type": "application/json; charset=iso-8859-1"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (
        415,
        "unsupported_charset",
    )


def test_a_text_that_was_cut_is_counted(cloud: Cloud, live: str) -> None:
    answer = cloud.predict(live, ["a film", "a film " * 2000])
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-traindrop-truncated"] == "1"


def test_an_unknown_model_is_answered_with_the_nearest_name(
    cloud: Cloud, live: str
) -> None:
    answer = cloud.predict("film-review", "a film")
    assert answer.status_code == 404
    assert live in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "inputs"),
        ({"inputs": 7}, "inputs"),
        ({"inputs": []}, "inputs"),
        ({"inputs": "a film", "parameters": {"top_k": "all"}}, "top_k"),
        ({"inputs": "a film", "top": 1}, "top"),
    ],
)
def test_a_wrong_body_is_refused_naming_the_field(
    cloud: Cloud, live: str, body: dict[str, Any], field: str
) -> None:
    answer = cloud.http.post(f"/models/{live}/predict", json=body)
    assert 400 <= answer.status_code < 500, answer.text
    assert field in answer.json()["error"]["message"]


def test_broken_json_is_refused_with_its_position(cloud: Cloud, live: str) -> None:
    answer = cloud.http.post(f"/models/{live}/predict", content=b'{"inputs": ')
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]["message"]


def test_an_unknown_run_is_answered_404(cloud: Cloud) -> None:
    assert cloud.http.get("/runs/no-such-run").status_code == 404
