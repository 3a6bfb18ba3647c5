from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics.entities import entities, tagging_sums

TAGS = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-a-b", "I-a-b"])
WIDE_TAGS = st.one_of(TAGS, st.sampled_from(["E-PER", "S-PER", "S-LOC", "E-LOC"]))


def _sentences(
    tags: st.SearchStrategy[str],
) -> st.SearchStrategy[list[tuple[list[str], list[str]]]]:
    pairs = st.lists(st.tuples(tags, tags), min_size=1, max_size=8)
    return st.lists(
        pairs.map(lambda item: ([g for g, _ in item], [s for _, s in item])),
        min_size=1,
        max_size=4,
    )


def _by_seqeval(gold: list[list[str]], text: list[list[str]]) -> dict[str, float]:
    from seqeval.metrics import f1_score, precision_score, recall_score  # noqa: PLC0415

    with warnings.catch_warnings():
        # It warns where there is nothing to divide by, and answers 0 as we do.
        warnings.simplefilter("ignore")
        result = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
        return {name: float(score(gold, text)) for name, score in result.items()}


@given(
    _sentences(TAGS).filter(
        lambda result: any(tag != "O" for gold, _ in result for tag in gold)
    )
)
def test_marked_tags_are_counted_as_seqeval_counts_them(
    sentences: list[tuple[list[str], list[str]]],
) -> None:
    gold, text = [gold for gold, _ in sentences], [text for _, text in sentences]
    result = tagging_sums(gold, text).metrics()
    assert {
        name: result[name] for name in ("f1", "precision", "recall")
    } == pytest.approx(_by_seqeval(gold, text))


@given(st.lists(WIDE_TAGS, max_size=10))
def test_entities_are_those_of_seqeval_with_ends_and_singles_too(
    tags: list[str],
) -> None:
    from seqeval.metrics.sequence_labeling import get_entities  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert entities(tags) == set(get_entities(tags))


def test_bilou_tags_are_understood() -> None:
    assert entities(["U-LOC", "B-PER", "L-PER", "L-PER"]) == {
        ("LOC", 0, 0),
        ("PER", 1, 2),
        ("PER", 3, 3),
    }


def test_tags_without_prefix_count_one_by_one() -> None:
    """seqeval would read `VERB` as the prefix `V` of an `ERB`, and equal tags side by side as one entity."""
    result = tagging_sums(
        [["NOUN", "NOUN", "VERB", "O"]], [["NOUN", "VERB", "VERB", "O"]]
    ).metrics()
    assert result == {
        "f1": pytest.approx(2 / 3),
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "token_accuracy": 0.75,
    }


def test_nothing_found_and_nothing_to_find_is_zero() -> None:
    assert tagging_sums([["O"]], [["O"]]).metrics() == {
        "f1": 0.0,
        "precision": 0.0,
        "recall": 0.0,
        "token_accuracy": 1.0,
    }
