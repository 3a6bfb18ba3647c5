from __future__ import annotations

from functions.common.example_request import PAIR, example_request


def test_a_model_of_pairs_is_asked_with_two_texts() -> None:
    columns = {"text": "question1", "text_pair": "question2", "label": "same"}
    assert example_request("text-classification", None, columns) == {"inputs": PAIR}


def test_the_owners_example_comes_first_and_the_tasks_last() -> None:
    assert example_request("text-classification", {"mine": 1}, {"text_pair": "b"}) == {
        "mine": 1
    }
    assert example_request("text-classification") == {
        "inputs": "This is a sentence to classify."
    }
    assert example_request(None) == {"inputs": "…"}
