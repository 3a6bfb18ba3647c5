from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.adapters.hub import HubError, HubModel
from functions.inspect.hub_lookup import Ask, look_up
from functions.inspect.settings_file import Hub

MODEL = HubModel("c0ffee", "fill-mask")


def no_secret(name: str) -> str:
    raise LookupError(f"no secret {name!r}")


def fails(status: int | None) -> Ask:
    def ask(model_id: str, revision: str, token: str) -> HubModel:
        raise HubError("the Hub's words", status)

    return ask


def test_the_hub_is_asked_for_the_revision_with_the_token() -> None:
    requests: list[tuple[str, str, str]] = []

    def ask(*question: str) -> HubModel:
        model_id, revision, token = question
        requests.append((model_id, revision, token))
        return MODEL

    private = Hub("org/model", revision="v2", token_secret="shop/hub")
    assert look_up(Hub("org/model"), "shop", no_secret, ask) == MODEL
    assert look_up(private, "shop", lambda name: f"token of {name}", ask) == MODEL
    assert requests == [
        ("org/model", "main", ""),
        ("org/model", "v2", "token of shop/hub"),
    ]


@pytest.mark.parametrize(
    ("status", "expected", "remedy"),
    [
        (401, "a model of the Hub that may be read", "hub.token_secret"),
        (403, "a model of the Hub that may be read", "hub.token_secret"),
        (404, "a model of the Hub, 'org/model' at", "Correct hub.model_id"),
        (500, "an answer of the Hugging Face Hub", "again later"),
        (None, "an answer of the Hugging Face Hub", "set hub.task"),
    ],
)
def test_a_refusal_of_the_hub_is_a_problem(
    status: int | None, expected: str, remedy: str
) -> None:
    problem = look_up(Hub("org/model"), "shop", no_secret, fails(status))
    assert isinstance(problem, Problem)
    assert (problem.column, problem.expected[: len(expected)]) == (
        "hub.model_id",
        expected,
    )
    assert remedy in problem.remedy
    assert "the Hub's words" in problem.found


def test_a_hub_out_of_reach_is_no_problem_where_the_task_is_set() -> None:
    wanted = Hub("org/model", task="fill-mask", revision="v2")
    assert look_up(wanted, "shop", no_secret, fails(None)) == HubModel(commit="v2")


def test_a_secret_that_is_not_there_is_a_problem() -> None:
    wanted = Hub("org/model", token_secret="shop/hub")
    problem = look_up(wanted, "shop", no_secret, fails(None))
    assert isinstance(problem, Problem)
    assert (problem.column, problem.found) == (
        "hub.token_secret",
        "no secret 'shop/hub'",
    )
