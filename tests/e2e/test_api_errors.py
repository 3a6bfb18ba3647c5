"""What the API answers to those who call it wrongly."""

from __future__ import annotations

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


def test_an_unknown_path_or_method_is_answered_with_the_paths_there_are(
    cloud: Cloud,
) -> None:
    answers = [cloud.http.get("/nowhere"), cloud.http.put("/models")]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["error"]["code"] for answer in answers} == {"unknown_route"}


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
