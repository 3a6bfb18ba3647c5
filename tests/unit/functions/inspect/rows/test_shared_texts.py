from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.rows.keys import CLASS_BITS
from functions.inspect.rows.shared_texts import (
    Overlap,
    choose_groups,
    on_overlap,
    overlap,
    shared_texts_of,
)
from functions.inspect.rows.splits import plan_splits
from functions.inspect.rows.spool import Spool, key_of
from tasks import find_task

SHARE = 0.2
PAIRS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 2)),
    min_size=1,
    max_size=80,
)


def spool_of(folder: Path, rows: Sequence[tuple[Sequence[str], int]]) -> Spool:
    """Rows as their shared texts and their class."""
    with Spool(folder / "train.spool") as spool:
        for number, (texts, class_id) in enumerate(rows, 1):
            key = key_of(" ".join(texts), class_id)
            spool.add({"text": " ".join(texts)}, number, key, texts)
    return spool


def questions(contexts: int, per_context: int) -> list[tuple[tuple[str, ...], int]]:
    """Their content is the context alone here, which makes no difference to the groups."""
    return [((f"context {i % contexts}",), 0) for i in range(contexts * per_context)]


def test_a_fifth_of_the_contexts_is_held_out_whole(tmp_path: Path) -> None:
    spool = spool_of(tmp_path, questions(100, 5))
    held = choose_groups(spool, frozenset(), SHARE)
    rows = [key >> CLASS_BITS in held for key in spool.keys]
    assert sum(rows) == 100
    assert len(held) == 20


def test_rows_that_share_a_text_are_never_divided(tmp_path: Path) -> None:
    rng = random.Random(1)
    rows = [
        ((f"q{rng.randrange(90)}", f"p{rng.randrange(900)}"), i % 2) for i in range(300)
    ]
    plan = plan_splits({"train": spool_of(tmp_path, rows)})
    texts: dict[str | None, set[str]] = defaultdict(set)
    for row, class_id in rows:
        texts[plan.routes["train"](key_of(" ".join(row), class_id))] |= {*row}
    assert texts["train"]
    assert texts["test"]
    assert not texts["train"] & texts["test"]
    assert plan.overlap == Overlap(plan.overlap.rows if plan.overlap else 0, 0)


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_the_split(
    tmp_path_factory: pytest.TempPathFactory,
    pairs: list[tuple[int, int, int]],
    rng: random.Random,
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    rows = [((f"a{one}", f"b{other}"), class_id) for one, other, class_id in pairs]
    held = choose_groups(spool_of(folder, rows), frozenset(), SHARE)
    rng.shuffle(rows)
    assert choose_groups(spool_of(folder, rows), frozenset(), SHARE) == held


@given(PAIRS)
def test_every_class_keeps_rows_to_learn(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    rows = [((f"a{one}", f"b{other}"), class_id) for one, other, class_id in pairs]
    spool = spool_of(folder, rows)
    held = choose_groups(spool, frozenset(), SHARE)
    learnt = {key for key in spool.keys if key >> CLASS_BITS not in held}
    assert {class_id for _, class_id in rows} == {key & 3 for key in learnt}


def test_classes_are_held_out_in_their_shares(tmp_path: Path) -> None:
    rows = [((f"premise {i // 3}", f"hypothesis {i}"), i % 3) for i in range(900)]
    spool = spool_of(tmp_path, rows)
    held = choose_groups(spool, frozenset(), SHARE)
    counts = Counter(key & 3 for key in spool.keys if key >> CLASS_BITS in held)
    assert counts == {0: 60, 1: 60, 2: 60}


def test_disputed_contents_stay_in_train(tmp_path: Path) -> None:
    spool = spool_of(tmp_path, questions(50, 2))
    every = frozenset(key >> CLASS_BITS for key in spool.keys)
    assert not choose_groups(spool, every, SHARE)


def test_one_context_for_all_is_divided_by_rows_and_warned_of(tmp_path: Path) -> None:
    rows = [
        {"question": f"When {i}?", "context": "It began in 1900."} for i in range(50)
    ]
    with Spool(tmp_path / "train.spool") as spool:
        for number, row in enumerate(rows, 1):
            spool.add(row, number, key_of(row["question"], 0), [row["context"]])
    plan = plan_splits({"train": spool})
    routed = Counter(map(plan.routes["train"], spool.keys))
    assert routed["test"] == 10
    assert plan.overlap == Overlap(10, 10)
    (warning,) = on_overlap(plan.overlap, ("context",))
    assert warning.startswith(
        "10 of 10 held-out rows share their context with rows that are"
    )


def test_a_text_that_connects_nearly_all_is_left_out_of_account(tmp_path: Path) -> None:
    rows = [
        ((f"query {i // 2}", f"p{i}" if i % 4 else "the same"), 0) for i in range(200)
    ]
    rows += [((f"query {i}", "the same"), 0) for i in range(100)]
    spool = spool_of(tmp_path, rows)
    held = choose_groups(spool, frozenset(), SHARE)
    assert sum(key >> CLASS_BITS in held for key in spool.keys) == 60


def test_few_shared_texts_need_no_warning() -> None:
    assert not [*on_overlap(Overlap(100, 10), ("text",))]
    assert not [*on_overlap(None, ())]
    assert overlap([(1, 2)], [(2, 3), (4, 5)]) == Overlap(2, 1)


def test_a_given_test_file_is_compared_with_train(tmp_path: Path) -> None:
    spools = {
        "train": spool_of(tmp_path, questions(10, 2)),
        "test": spool_of(tmp_path, [(("context 1",), 0), (("context 99",), 0)]),
    }
    assert plan_splits(spools).overlap == Overlap(2, 0), "what both hold is not learnt"


def test_what_rows_share_depends_on_the_task() -> None:
    chat = find_task("text-generation/chat")
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "Where?"}]
    of_chat = shared_texts_of(chat, {"messages": "messages"})
    assert of_chat is not None
    assert of_chat({"messages": turns}) == ["Where?"]
    pairs = find_task("text-classification")
    of_pairs = shared_texts_of(pairs, {"text": "a", "label": "b", "text_pair": "c"})
    assert of_pairs is not None
    assert of_pairs({"text": "x", "text_pair": "y"}) == ["x", "y"]
    assert of_pairs({"text": "x"}) == ["x", "x"]
    assert shared_texts_of(pairs, {"text": "a", "label": "b"}) is None
    assert (
        shared_texts_of(find_task("summarization"), {"document": "a", "summary": "b"})
        is None
    )
