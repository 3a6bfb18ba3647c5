"""Whatever a path or a parameter holds, the API has an answer other than 500."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.api.routes import ROUTES
from tests.properties import scaled
from tests.unit.functions.api.client import Client, live

GETS = [path for method, path, *_ in ROUTES if method == "GET"]
NAMES = st.one_of(
    st.sampled_from(
        [
            "reviews",
            "reviews-1",
            "",
            ".",
            "..",
            "%",
            "%zz",
            "%00",
            "a/b",
            "?",
            "٣",
            "null",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.integers(min_value=100, max_value=9000).map(lambda size: "ü" * size),
)
QUERIES = st.none() | st.dictionaries(
    st.sampled_from(["limit", "model", "other"]), NAMES, max_size=3
)


@settings(
    max_examples=scaled(100),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@pytest.mark.parametrize("path", GETS)
@given(name=NAMES, query=QUERIES, is_encoded=st.booleans())
def test_no_get_is_an_internal_error(
    path: str, name: str, query: dict[str, str] | None, is_encoded: bool, call: Client
) -> None:
    live(call)
    resource = path.replace("<", "{").replace(">", "}")
    value = quote(name, safe="") if is_encoded else name
    parameters = {
        parameter: value
        for parameter in ("model", "run", "batch")
        if f"<{parameter}>" in path
    }
    status, body, _ = call("GET", resource, query=query, **parameters)
    assert status in {200, 400, 404, 422}
    if status != 200:
        assert body["error"]["message"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
BODIES = st.one_of(
    st.text(max_size=40),
    st.builds(lambda inputs: {"inputs": inputs}, JSON),
    st.builds(lambda inputs, more: {"inputs": inputs, "parameters": more}, JSON, JSON),
)


@settings(
    max_examples=scaled(200),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(name=NAMES, body=BODIES)
def test_no_prediction_is_an_internal_error(
    name: str, body: object, call: Client
) -> None:
    live(call)
    status, answer, _ = call("POST", "/models/{model}/predict", body, model=name)
    assert status in {200, 400, 404, 415, 422}
    if status != 200:
        assert answer["error"]["message"]
