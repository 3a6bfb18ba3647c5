from __future__ import annotations

import pytest

from functions.api.paths import (
    Route,
    matches,
    methods_of,
    nearest_routes,
    segments_of,
    with_encoded_path,
)

ROUTES = [
    Route("GET", "/models"),
    Route("GET", "/models/<model>"),
    Route("DELETE", "/models/<model>"),
    Route("POST", "/models/<model>/predict"),
    Route("GET", "/runs/<run>"),
]


def test_parameters_are_encoded_into_the_path() -> None:
    event = {
        "resource": "/models/{model}/predict",
        "path": "/models/a/b/predict",
        "pathParameters": {"model": "a/b?"},
    }
    assert with_encoded_path(event)["path"] == "/models/a%2Fb%3F/predict"


@pytest.mark.parametrize(
    ("proxy", "path"),
    [("models/a b/", "/models/a%20b"), ("//x", "/x"), ("", "/"), ("%00", "/%2500")],
)
def test_the_catch_all_is_encoded_by_segments(proxy: str, path: str) -> None:
    event = {"resource": "/{proxy+}", "path": "?", "pathParameters": {"proxy": proxy}}
    assert with_encoded_path(event)["path"] == path


def test_a_path_without_parameters_stays() -> None:
    event = {"resource": "/models", "path": "/models", "pathParameters": None}
    assert with_encoded_path(event) == event


def test_a_parameter_matches_any_segment() -> None:
    assert matches("/models/<model>", ["models", "x"])
    assert not matches("/models/<model>", ["models"])
    assert not matches("/models/<model>", ["runs", "x"])


def test_a_path_has_its_methods() -> None:
    assert methods_of("/models/x", ROUTES) == ("GET", "DELETE")
    assert methods_of("/nothing", ROUTES) == ()
    assert segments_of("//models/x/") == ["models", "x"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/model", ["GET /models", "GET /models/{model}", "DELETE /models/{model}"]),
        ("DELETE", "/model/x", ["DELETE /models/{model}", "GET /models/{model}"]),
        ("POST", "/models/x/predicts", ["POST /models/{model}/predict"]),
        ("GET", "/q", []),
    ],
)  # fmt: skip
def test_the_nearest_routes_come_first(
    method: str, path: str, expected: list[str]
) -> None:
    nearest = [str(route) for route in nearest_routes(method, path, ROUTES)]
    assert nearest[: len(expected)] == expected
    assert bool(nearest) == bool(expected)
