from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.predictors.padding import GROUP_ROWS, SLACK_RATIO, SLACK_TOKENS, groups, pad


@given(lengths=st.lists(st.integers(1, 512), max_size=100))
def test_every_row_is_in_one_group_of_alike_lengths(lengths: list[int]) -> None:
    found = groups(lengths)
    assert sorted(index for group in found for index in group) == list(range(len(lengths)))
    for group in found:
        assert len(group) <= GROUP_ROWS
        assert lengths[group[-1]] >= lengths[group[0]] * SLACK_RATIO - SLACK_TOKENS


def test_rows_are_padded_to_the_longest_of_their_group() -> None:
    assert pad([[1, 2, 3], [4]], 0, left=False, device="cpu").tolist() == [[1, 2, 3], [4, 0, 0]]


def test_rows_of_decoders_are_padded_on_the_left() -> None:
    assert pad([[1, 2, 3], [4]], 9, left=True, device="cpu").tolist() == [[1, 2, 3], [9, 9, 4]]
