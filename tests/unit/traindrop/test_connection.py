from __future__ import annotations

import pytest

from traindrop import MissingSettingsError
from traindrop.connection import Connection


def test_the_environment_names_url_and_key() -> None:
    variables = {"TRAINDROP_API_URL": "https://a.test/live/", "TRAINDROP_API_KEY": "k"}
    connection = Connection.from_environment(variables)
    options = connection.client_options()
    assert options["base_url"] == "https://a.test/live"
    assert options["headers"]["x-api-key"] == "k"
    assert options["trust_env"]


def test_an_incomplete_environment_says_what_is_missing() -> None:
    with pytest.raises(MissingSettingsError, match="found no TRAINDROP_API_KEY"):
        Connection.from_environment({"TRAINDROP_API_URL": "https://a.test"})


def test_no_proxy_is_used_to_this_machine() -> None:
    assert not Connection("http://127.0.0.1:4566/x", "k").client_options()["trust_env"]
