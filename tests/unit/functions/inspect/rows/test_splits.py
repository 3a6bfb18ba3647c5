from __future__ import annotations

from array import array
from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.rows import keys as sets
from functions.inspect.rows.keys import CLASS_BITS, CLASS_MASK, Groups
from functions.inspect.rows.splits import MAX_TEST_ROWS, choose_holdout, key_statistics
from functions.inspect.rows.spool import key_of

ROWS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3)), max_size=120)


def keys_of(rows: list[tuple[int, int]]) -> list[int]:
    return [key_of(f"text {text}", class_id) for text, class_id in rows]


def held(keys: list[int]) -> list[int]:
    contents = contents_held(keys)
    return [key for key in keys if key >> CLASS_BITS in contents]


def contents_held(keys: list[int], most: int = MAX_TEST_ROWS) -> frozenset[int]:
    groups = Groups.of(sets.sort(sets.as_keys(array("Q", keys))))
    return choose_holdout(key_statistics(array("Q", keys)), [groups], most=most)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_the_split(
    rows: list[tuple[int, int]], random: object
) -> None:
    keys = keys_of(rows)
    shuffled = sorted(keys, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert Counter(held(keys)) == Counter(held(shuffled))


@given(ROWS)
def test_rows_with_the_same_text_are_never_divided(rows: list[tuple[int, int]]) -> None:
    keys = keys_of(rows)
    test = Counter(held(keys))
    tested, trained = set(test), set(Counter(keys) - test)
    assert not {key >> CLASS_BITS for key in tested} & {
        key >> CLASS_BITS for key in trained
    }


@given(ROWS)
def test_every_class_with_two_undisputed_texts_is_tested_and_trained(
    rows: list[tuple[int, int]],
) -> None:
    keys = keys_of(rows)
    labels = defaultdict(set)
    for text, class_id in rows:
        labels[text].add(class_id)
    undisputed: Counter[int] = Counter(
        next(iter(result)) for result in labels.values() if len(result) == 1
    )
    tested = {key & CLASS_MASK for key in held(keys)}
    trained = {key & CLASS_MASK for key in (Counter(keys) - Counter(held(keys)))}
    assert tested == {class_id for class_id, texts in undisputed.items() if texts > 1}
    assert trained == {class_id for _, class_id in rows}


@given(ROWS)
def test_a_text_with_two_labels_is_never_tested(rows: list[tuple[int, int]]) -> None:
    keys = keys_of(rows)
    result = key_statistics(array("Q", keys))
    assert not result.disputed & {key >> CLASS_BITS for key in held(keys)}


@given(ROWS)
def test_a_survey_counts_what_is_there(rows: list[tuple[int, int]]) -> None:
    result = key_statistics(array("Q", keys_of(rows)))
    assert result.rows == len(rows)
    assert result.distinct == len({text for text, _ in rows})
    assert result.duplicates == result.rows - result.distinct
    assert result.class_rows == Counter(class_id for _, class_id in rows)
    assert result.class_contents == Counter(class_id for _, class_id in set(rows))


def test_a_fifth_of_each_class_is_held_out() -> None:
    keys = keys_of(
        [(i, 0) for i in range(1000)]
        + [(i, 1) for i in range(1000, 1100)]
        + [(i, 2) for i in (2001, 2002)]
    )
    assert Counter(key & CLASS_MASK for key in held(keys)) == {0: 200, 1: 20, 2: 1}


def test_no_more_rows_are_held_out_than_judging_needs() -> None:
    keys = keys_of([(i, i % 2) for i in range(1000)])
    contents = contents_held(keys, most=50)
    held = [key for key in keys if key >> CLASS_BITS in contents]
    assert Counter(key & CLASS_MASK for key in held) == {0: 25, 1: 25}


def test_a_text_that_is_most_of_its_class_stays_in_train() -> None:
    for common in range(20):
        keys = keys_of([(common, 0)] * 80 + [(i, 0) for i in range(100, 120)])
        assert 0 < len(held(keys)) <= 20


def test_a_split_is_the_same_on_every_machine() -> None:
    assert key_of("a film", 1) == 3174058153011390465
    assert key_of("ein Film mit Ü", 0) == key_of("ein Film mit Ü", 1) & ~CLASS_MASK
