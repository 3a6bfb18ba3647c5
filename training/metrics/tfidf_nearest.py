"""The most similar training row, by TF-IDF: a baseline for tasks whose answers are texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MAX_CANDIDATES = 20_000
MAX_FEATURES = 50_000
BATCH_TEXTS = 256
WORDS_AND_MARKS = r"(?u)\b\w+\b|[^\w\s]"


def nearest(candidates: Sequence[str], texts: Sequence[str]) -> list[int]:
    """For each text, the index of the most similar one among the first `MAX_KNOWN_TEXTS` known texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, max_features=MAX_FEATURES, token_pattern=WORDS_AND_MARKS
    )
    candidate_vectors = vectorizer.fit_transform(candidates[:MAX_CANDIDATES]).T.tocsr()
    vectors = vectorizer.transform(texts)
    indexes: list[int] = []
    for start in range(0, len(texts), BATCH_TEXTS):
        similarities = vectors[start : start + BATCH_TEXTS] @ candidate_vectors
        indexes += np.asarray(similarities.argmax(axis=1)).ravel().tolist()
    return indexes
