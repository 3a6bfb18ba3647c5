from __future__ import annotations

import pytest

from inference.predictors.generation import (
    GROUP_ROWS,
    Prompt,
    generate_arguments,
    generation_options,
    groups_of_equal_options,
)
from inference.protocols.errors import InvalidRequestError


def test_parameters_stand_before_the_defaults_sorted() -> None:
    assert generation_options(
        {"num_beams": 2}, {"max_new_tokens": 5, "num_beams": 1}
    ) == (
        ("max_new_tokens", 5),
        ("num_beams", 2),
    )


def test_lengths_with_the_start_token_are_taken_where_a_task_has_them() -> None:
    assert generation_options({"max_length": 9}, {}, ("max_length",)) == (
        ("max_length", 9),
    )
    with pytest.raises(
        InvalidRequestError, match=r"^parameters\.max_length: expected only "
    ):
        generation_options({"max_length": 9}, {})


def test_greedy_generation_has_no_options_of_sampling() -> None:
    options = (("seed", 7), ("temperature", 0.5), ("top_k", 3))
    assert generate_arguments(options) == ({"do_sample": False}, 7)
    sampled = (("do_sample", True), ("temperature", 0.5))
    assert generate_arguments(sampled) == (
        {"do_sample": True, "temperature": 0.5},
        None,
    )
    assert generate_arguments((("do_sample", True), ("temperature", 0))) == (
        {"do_sample": False},
        None,
    )


def test_items_of_equal_options_and_like_length_are_together() -> None:
    one, two = (("num_beams", 1),), (("num_beams", 2),)
    items = [Prompt("a", one), Prompt("b", two), Prompt("c", one)]
    assert list(groups_of_equal_options(items, [9, 1, 3])) == [[2, 0], [1]]


def test_groups_end_at_their_most_rows() -> None:
    sizes = [
        len(group)
        for group in groups_of_equal_options(
            [Prompt("a")] * (GROUP_ROWS + 1), [1] * (GROUP_ROWS + 1)
        )
    ]
    assert sizes == [GROUP_ROWS, 1]


def test_an_item_of_random_tokens_is_alone() -> None:
    items = [Prompt("a", (("do_sample", True),))] * 2
    assert list(groups_of_equal_options(items, [1, 1])) == [[0], [1]]


def test_whole_numbers_are_the_numbers_that_generate_takes() -> None:
    taken = dict(generation_options({"repetition_penalty": 2, "top_k": 3.0}, {}))
    assert [repr(taken[name]) for name in sorted(taken)] == ["2.0", "3"]
    with pytest.raises(InvalidRequestError) as caught:
        generation_options({"seed": 2**63}, {})
    assert str(caught.value) == (
        f"parameters.seed: expected a whole number from 0 to {2**63 - 1}; "
        f"found the number {2**63}. Correct it."
    )


def test_a_temperature_that_float32_cannot_divide_by_is_greedy() -> None:
    options = (("do_sample", True), ("temperature", 1e-40))
    assert generate_arguments(options) == ({"do_sample": False}, None)
