from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.batch import shards as rules
from functions.batch.shards import Shard, divided, next_job, shard_size, smallest


def test_a_shard_is_known_by_the_names_of_its_requests_and_answers() -> None:
    shard = Shard(1_200, 100)
    assert shard.name == "000001200-100.jsonl"
    assert Shard.of_key(f"batches/b/requests/{shard.name}") == shard
    assert Shard.of_key(f"batches/b/answers/any/{shard.answer_name}") == shard
    with pytest.raises(ValueError, match="expected the key of a shard"):
        Shard.of_key("batches/b/answers/000001200-100.jsonl.exe")


def test_shards_of_a_large_batch_are_large() -> None:
    assert shard_size(0) == 100
    assert shard_size(rules.LARGE_FROM) == 1_000


@given(st.integers(1, 5_000), st.integers(0, 10**6))
def test_the_parts_of_a_shard_cover_it_and_the_first_one_comes_last(
    count: int, start: int
) -> None:
    parts = divided(Shard(start, count))
    assert parts[-1].start == start
    ordered = sorted(parts)
    assert sum(piece.count for piece in ordered) == count
    for left, right in itertools.pairwise(ordered):
        assert left.start + left.count == right.start
    if count > 1:
        assert max(piece.count for piece in parts) < count


def test_until_all_parts_are_written_the_whole_counts() -> None:
    whole, after = Shard(0, 100), Shard(100, 50)
    parts = divided(whole)
    assert smallest([whole, after, *parts[:-1]]) == [whole, after]
    assert smallest([whole, after, *parts]) == [*sorted(parts), after]


def test_a_job_gets_what_the_model_answers_in_its_time() -> None:
    missing = [Shard(number * 1_000, 1_000) for number in range(100)]
    assert len(next_job(missing, None)) == 10
    assert len(next_job(missing, 2.0)) == 28
    assert len(next_job(missing, 0.001)) == 1
    assert next_job([], None) == []
