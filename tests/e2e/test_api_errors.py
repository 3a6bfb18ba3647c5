"""What the API answers to those who call it wrongly."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.e2e.client import Cloud


def test_without_a_key_nothing_answers(cloud: Cloud, live: str) -> None:
    base = str(cloud.http.base_url)
    assert httpx.post(f"{base}models/{live}/predict", json={"inputs": "a film"}).status_code == 403
    assert httpx.get(f"{base}runs").status_code == 403


def test_an_unknown_model_is_answered_with_the_nearest_name(cloud: Cloud, live: str) -> None:
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
