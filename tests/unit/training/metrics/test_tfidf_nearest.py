from __future__ import annotations

from training.metrics.tfidf_nearest import nearest

TEXTS = ["the bridge is old", "the bridge is long", "a road is old"]


def test_the_most_similar_text_is_found_by_its_words() -> None:
    assert nearest(TEXTS, ["an old road", "is the bridge long?"]) == [2, 1]
