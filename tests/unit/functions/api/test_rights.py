from __future__ import annotations

import pytest

from functions.api.errors import ApiError
from functions.api.rights import Right, require, rights_of
from functions.api.routes import ROUTES, RouteView
from functions.common.settings import Settings
from tests.unit.functions.api.client import (
    MANAGE_KEY,
    PREDICT_KEY,
    READ_KEY,
    SETTINGS,
    Client,
    live,
)

OF_KEYS: dict[str, set[Right]] = {
    PREDICT_KEY: {Right.PREDICT},
    READ_KEY: {Right.READ},
    MANAGE_KEY: set(Right),
}


@pytest.mark.parametrize(("key", "rights"), OF_KEYS.items())
def test_each_key_has_its_rights(key: str, rights: set[Right]) -> None:
    assert rights_of(key, SETTINGS) == rights


@pytest.mark.parametrize("key", [None, "", "somebody-elses"])
def test_no_other_key_has_any(key: str | None) -> None:
    assert rights_of(key, SETTINGS) == set()
    assert rights_of(key, Settings("td", "data", "table")) == set()


def test_a_key_that_lacks_a_right_is_told_which_key_has_it() -> None:
    with pytest.raises(ApiError) as raised:
        require(Right.READ, PREDICT_KEY, SETTINGS)
    assert (raised.value.status, raised.value.code) == (403, "missing_right")
    assert raised.value.message == (
        "Expected a key that may read; found one that may predict. "
        "ReadKeyId of the stack's outputs is one that may."
    )


@pytest.mark.parametrize("key", OF_KEYS)
@pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: f"{route.method} {route.path}"
)
def test_every_route_asks_for_its_right(
    call: Client, route: RouteView, key: str
) -> None:
    live(call)
    method, path, right = route.method, route.path, route.right
    resource = path.replace("<", "{").replace(">", "}")
    names = {
        name: "reviews"
        for name in ("model", "run", "batch", "prediction")
        if f"{{{name}}}" in resource
    }
    call.key_id = key
    body = {"inputs": "x"} if method == "POST" else None
    status, answer, _ = call(method, resource, body, None, **names)
    is_refused = status == 403 and answer["error"]["code"] == "missing_right"
    assert is_refused == (right is not None and right not in OF_KEYS[key])


def test_reading_and_managing_are_no_predicting() -> None:
    """Who may predict wakes a model by that already."""
    rights = {f"{route.method} {route.path}": route.right for route in ROUTES}
    assert [name for name, right in rights.items() if right == Right.PREDICT] == [
        "POST /models/<model>/predict",
        "GET /models/<model>/predictions/<prediction>",
        "POST /models/<model>/batch",
        "GET /models/<model>/batch",
        "GET /models/<model>/batch/<batch>",
        "POST /models/<model>/batch/<batch>/start",
        "POST /models/<model>/batch/<batch>/stop",
        "DELETE /models/<model>/batch/<batch>",
        "POST /models/<model>/wake",
        "POST /v1/chat/completions",
        "POST /v1/completions",
    ]
    for name, right in rights.items():
        if "/batch" in name or "/predictions" in name or right is None:
            # Whoever may have rows answered may look at their answers.
            continue
        assert (right == Right.READ) == name.startswith("GET ")


def test_a_route_without_a_right_asks_for_some_key_of_the_stack() -> None:
    for key in OF_KEYS:
        require(None, key, SETTINGS)
    with pytest.raises(ApiError) as raised:
        require(None, "somebody-elses", SETTINGS)
    assert raised.value.code == "missing_right"
