from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from cli.errors import CommandError
from cli.row_answers import RowAsker
from functions.batch.requests import RequestMaker, known_task
from functions.batch.results import RowOutcome
from functions.batch.rows import InputRow
from traindrop import ApiError, Client

Reply = tuple[int, Any]
Model = Callable[[Any], Reply]
"""A request's body -> the status of HTTP and the answer."""
REFUSED = {"error": {"code": "model_refused", "message": "No such word."}}


class Questions:
    """The rows that a model is asked; `bodies` are the requests."""

    def __init__(
        self,
        model: Model,
        task: str = "text-classification",
        *,
        custom: bool = False,
        **parameters: Any,
    ) -> None:
        self.bodies: list[Any] = []

        def reply(request: httpx.Request) -> httpx.Response:
            body = json.loads(request.content)
            self.bodies.append(body)
            status, answer = model(body)
            headers = {"x-traindrop-truncated": "1"}
            return httpx.Response(status, json=answer, headers=headers)

        transport = httpx.MockTransport(reply)
        api = Client("http://api.test", "key", wait_seconds=0, transport=transport)
        maker = RequestMaker(known_task(task, ""), {}, parameters, custom)
        self.asker = RowAsker(api, "m", maker)

    def rows(self, *values: Any) -> list[RowOutcome]:
        rows = [InputRow(number, value) for number, value in enumerate(values, 1)]
        return list(self.asker.outcomes(rows))


def length(body: Any) -> Reply:
    """Answers each text with its length, as a classifier does."""
    inputs = body["inputs"]
    texts = inputs if isinstance(inputs, list) else [inputs]
    return 200, [{"label": str(len(text))} for text in texts]


def test_texts_are_asked_together_and_answered_as_alone() -> None:
    questions = Questions(length)
    outcomes = questions.rows(*("x" * number for number in range(1, 40)))
    assert [len(body["inputs"]) for body in questions.bodies] == [32, 7]
    assert outcomes == [RowOutcome([{"label": str(n)}]) for n in range(1, 40)]
    assert questions.rows("abc") == [RowOutcome([{"label": "3"}])]
    assert questions.bodies[-1] == {"inputs": "abc"}
    assert questions.asker.truncated == 3


def test_rows_with_other_parameters_and_lists_are_asked_by_themselves() -> None:
    questions = Questions(lambda body: (200, body["inputs"]), top_k=2)
    own = {"inputs": "c", "parameters": {"top_k": 1}}
    outcomes = questions.rows("a", "b", own, {"inputs": ["d", "e"]}, "f")
    assert [outcome.answer for outcome in outcomes] == ["a", "b", "c", ["d", "e"], "f"]
    assert sorted(questions.bodies, key=str) == [
        {"inputs": "c", "parameters": {"top_k": 1}},
        {"inputs": "f", "parameters": {"top_k": 2}},
        {"inputs": ["a", "b"], "parameters": {"top_k": 2}},
        {"inputs": ["d", "e"], "parameters": {"top_k": 2}},
    ]


def test_code_of_the_models_own_is_asked_with_each_row_as_it_is() -> None:
    questions = Questions(lambda body: (200, body), custom=True)
    values = [{"pixels": [1, 2]}, {"inputs": "a"}]
    assert questions.rows(*values) == [RowOutcome(value) for value in values]


@pytest.mark.parametrize("status", [413, 422, 502, 504])
def test_the_row_that_the_model_refuses_is_found_and_the_others_are_answered(
    status: int,
) -> None:
    def refuse(body: Any) -> Reply:
        return (status, REFUSED) if "bad" in body["inputs"] else length(body)

    texts = ["good"] * 40
    texts[17] = texts[39] = "bad"
    outcomes = Questions(refuse).rows(*texts)
    errors = {n: item.error for n, item in enumerate(outcomes) if item.error}
    assert errors == {17: "No such word.", 39: "No such word."}
    assert outcomes[18] == RowOutcome([{"label": "4"}])


def test_a_model_that_answers_no_row_is_asked_no_further() -> None:
    questions = Questions(lambda body: (502, REFUSED))
    with pytest.raises(CommandError, match=r"none for 8 rows\..*No such word"):
        questions.rows(*["x"] * 1_000)
    assert len(questions.bodies) < 100
    assert len(errors_of(["x"] * 7)) == 7


def errors_of(values: Sequence[Any]) -> list[str]:
    outcomes = Questions(lambda body: (502, REFUSED)).rows(*values)
    return [outcome.error for outcome in outcomes]


def test_an_answer_of_another_length_has_each_row_asked_by_itself() -> None:
    outcomes = Questions(lambda body: (200, [{"label": "one"}])).rows("a", "b")
    assert outcomes == [RowOutcome([{"label": "one"}])] * 2


def test_a_refusal_of_the_call_is_no_rows() -> None:
    error = {"error": {"code": "unknown_model", "message": "There is none."}}
    with pytest.raises(ApiError, match=r"There is none\."):
        Questions(lambda body: (404, error)).rows("a", "b")


def test_a_row_that_cannot_be_asked_is_not() -> None:
    questions = Questions(length)
    first, second = questions.rows({"text": ""}, {"text": "a"})
    assert "expected a text; found an empty cell" in first.error
    assert second.answer == [{"label": "1"}]
    assert questions.bodies == [{"inputs": "a"}]
