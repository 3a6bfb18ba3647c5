from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from inference.predictors.padding import GROUP_ROWS, OVERHEAD_TOKENS, groups, pad


@given(lengths=st.lists(st.integers(1, 512), max_size=100))
def test_every_row_is_in_one_group_of_at_most_so_many(lengths: list[int]) -> None:
    result = groups(lengths)
    assert sorted(index for group in result for index in group) == list(
        range(len(lengths))
    )
    assert all(len(group) <= GROUP_ROWS for group in result)


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=8), rows=st.integers(1, 4)
)
def test_no_other_way_to_cut_costs_less(lengths: list[int], rows: int) -> None:
    def cost(parts: list[list[int]]) -> int:
        return sum(OVERHEAD_TOKENS + len(piece) * max(piece) for piece in parts)

    def ways(rest: list[int]) -> Iterator[list[list[int]]]:
        if not rest:
            yield []
        for size in range(1, min(rows, len(rest)) + 1):
            yield from ([rest[:size], *others] for others in ways(rest[size:]))

    result = [[lengths[index] for index in group] for group in groups(lengths, rows)]
    assert cost(result) == min(map(cost, ways(sorted(lengths, reverse=True))))


def test_alike_lengths_stay_together() -> None:
    assert groups([100, 20, 21, 22, 98]) == [[0, 4], [3, 2, 1]]


def test_rows_are_padded_to_the_longest_of_their_group() -> None:
    assert pad([[1, 2, 3], [4]], 0, left=False, device="cpu").tolist() == [
        [1, 2, 3],
        [4, 0, 0],
    ]


def test_rows_of_decoders_are_padded_on_the_left() -> None:
    assert pad([[1, 2, 3], [4]], 9, left=True, device="cpu").tolist() == [
        [1, 2, 3],
        [9, 9, 4],
    ]
