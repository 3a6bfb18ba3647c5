from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from functions.api.openapi_document import LiveModel, document
from functions.api.routes import ROUTES
from tests.golden import CheckGolden
from tests.unit.functions.api.client import PREDICT_KEY, Client, event_of, live
from tests.unit.stack import template

REVIEWS = LiveModel(
    "reviews",
    "text-classification",
    {"inputs": "What a lovely film."},
    4_194_304,
    ("negative", "positive"),
)
OWN = LiveModel("größe 1", None, {"price": 3}, 5_242_880)
LATER = LiveModel(
    "later", "fill-mask", {"inputs": "[MASK]"}, 5_242_880, answers_later=True
)
CATCH_ALL = {"/", "/{proxy+}"}
PAGES = "/console"
"""Pages for people, which are no calls of the API."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(ROUTES, [REVIEWS, OWN, LATER], "https://api.test/live")


def test_the_document_is_valid_openapi(described: dict[str, Any]) -> None:
    validate(described)


def test_the_document_changes_on_purpose_only(
    described: dict[str, Any], check_golden: CheckGolden
) -> None:
    """`make test-one T="--update-golden tests/unit/functions/api/test_openapi_document.py"` writes it anew."""
    text = json.dumps(described, indent=1, ensure_ascii=False)
    check_golden("openapi.json", f"{text}\n")


def template_routes() -> set[tuple[str, str]]:
    events = template.functions()["ApiFunction"]["Events"].values()
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for event in events
        if event["Type"] == "Api"
    }
    described = {route for route in routes if route[1] not in CATCH_ALL}
    return {route for route in described if not route[1].startswith(PAGES)}


def test_every_route_of_the_template_is_in_it(described: dict[str, Any]) -> None:
    operations = {
        (method, path)
        for path, methods in document(ROUTES, [], ".")["paths"].items()
        for method in methods
    }
    assert operations == template_routes()
    assert described["paths"].keys() - {path for _, path in operations} == {
        "/models/reviews/predict",
        "/models/later/predict",
        "/models/gr%C3%B6%C3%9Fe%201/predict",
    }


def test_operations_have_names_of_their_own(described: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for path in described["paths"].values()
        for operation in path.values()
    ]
    assert len(names) == len(set(names))


def test_a_live_model_is_described_with_labels_example_and_limit(
    described: dict[str, Any],
) -> None:
    operation = described["paths"]["/models/reviews/predict"]["post"]
    body = operation["requestBody"]
    assert body["description"] == "At most 4,194,304 bytes."
    media = body["content"]["application/json"]
    assert media["schema"] == {"$ref": "#/components/schemas/TextClassificationRequest"}
    assert media["example"] == {"inputs": "What a lovely film."}
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    label = answer["anyOf"][0]["properties"]["label"]
    assert label == {"type": "string", "enum": ["negative", "positive"]}


def test_a_model_with_code_of_its_own_takes_what_it_likes(
    described: dict[str, Any],
) -> None:
    operation = described["paths"]["/models/gr%C3%B6%C3%9Fe%201/predict"]["post"]
    media = operation["requestBody"]["content"]["application/json"]
    assert media == {"schema": {}, "example": {"price": 3}}


def test_a_model_that_answers_later_accepts(described: dict[str, Any]) -> None:
    answers = described["paths"]["/models/later/predict"]["post"]["responses"]
    assert answers.keys() == {"202", "4XX", "5XX"}


def test_any_key_may_read_it(call: Client) -> None:
    live(call)
    call.key_id = PREDICT_KEY
    status, body, _ = call("GET", "/openapi.json")
    assert status == 200
    assert "/models/reviews/predict" in body["paths"]
    assert body["servers"] == [{"url": "."}]
    validate(body)


def test_the_server_is_the_one_that_was_called(call: Client) -> None:
    event = event_of("GET", "/openapi.json", {})
    event["headers"]["host"] = "abc.execute-api.eu-central-1.amazonaws.com"
    event["requestContext"] |= {
        "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
        "path": "/live/openapi.json",
    }
    _, body, _ = call.send(event)
    url = "https://abc.execute-api.eu-central-1.amazonaws.com/live"
    assert body["servers"] == [{"url": url}]
