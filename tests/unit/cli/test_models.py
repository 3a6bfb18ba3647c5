from __future__ import annotations

import json

from cli.models import metric_text
from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from tests.unit.functions.api.client import Client


def test_models_are_listed_and_shown_alone(traindrop: Run, live_model: Client) -> None:
    code, output, _ = traindrop("models")
    assert code == 0
    assert "reviews" in output
    assert "reviews-1" in output
    code, output, _ = traindrop("models", "reviews")
    assert output.splitlines()[0] == "reviews: live: reviews-1"
    assert "  metrics    accuracy 0.800 on 9 held-out rows" in output
    assert "  ask it     traindrop predict reviews TEXT" in output


def test_json_is_what_the_api_answers_and_nothing_else(
    traindrop: Run, live_model: Client
) -> None:
    assert (
        json.loads(traindrop("models", "--json")[1]) == live_model("GET", "/models")[1]
    )
    page = live_model("GET", "/models/{model}", model="reviews")[1]
    # A record leaves out what is as by default.
    shown = json.loads(traindrop("models", "reviews", "--json")[1])
    assert shown.items() <= page.items()
    releases = live_model("GET", "/models/{model}/releases", model="reviews")[1]
    (release,) = json.loads(traindrop("releases", "reviews", "--json")[1])["releases"]
    assert release.items() <= releases["releases"][0].items()


def test_without_models_the_first_drop_is_named(
    traindrop: Run, target: MemoryTarget, call: Client
) -> None:
    code, output, _ = traindrop("models")
    assert (code, output) == (
        0,
        "No models yet. Drop a file: traindrop drop reviews.csv",
    )


def test_an_unknown_model_is_an_error_in_the_apis_words(
    traindrop: Run, live_model: Client
) -> None:
    code, _, errors = traindrop("models", "reviws")
    assert (code, errors) == (
        1,
        "traindrop: There is no model called 'reviws'. Did you mean 'reviews'?\n",
    )


def test_a_metric_has_its_interval_where_there_is_one() -> None:
    assert metric_text("macro_f1", 0.5, (0.41, 0.6)) == "macro f1 0.500 (0.41-0.60)"
    assert metric_text("macro_f1", 0.5, (None, None)) == "macro f1 0.500"
    assert metric_text("macro_f1", None, None) == ""
