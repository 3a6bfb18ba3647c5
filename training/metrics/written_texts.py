"""Texts against reference texts: ROUGE for summaries and answers, BLEU and chrF for translations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from training.common.types import FloatArray
from training.metrics.sums import MetricSums, mean_sums

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU, CHRF

ROUGE = ("rouge1", "rouge2", "rougeL")
BLEU_COLUMNS = 10
"""Lengths of texts and references, then n-grams of one to four words, the correct ones and all of them."""


def rouge_sums(texts: Sequence[str], references: Sequence[str]) -> MetricSums:
    """The F-measures of Google's rouge-score, averaged over the rows, with stemming."""
    return mean_sums(rouge_scores(texts, references))


def rouge_scores(
    texts: Sequence[str], references: Sequence[str]
) -> dict[str, FloatArray]:
    """The F-measures of each row by itself, each of shape (rows,)."""
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415

    scorer = RougeScorer(list(ROUGE), use_stemmer=True)
    pairs = zip(references, texts, strict=True)
    of_rows = [scorer.score(reference, text) for reference, text in pairs]
    scores = {}
    for name in ROUGE:
        scores[name] = np.array([of_row[name].fmeasure for of_row in of_rows])
    return scores


def translation_sums(texts: Sequence[str], references: Sequence[str]) -> MetricSums:
    """sacreBLEU's BLEU and chrF of all rows together, as fractions of 1."""
    columns = []
    for metric in _translation_metrics():
        # The sums that these scores are made of are not in the public interface; a test holds them to it.
        statistics = metric._extract_corpus_statistics(list(texts), [list(references)])
        columns.append(np.array(statistics, dtype=np.float64))
    joined = np.concatenate(columns, axis=1)
    return MetricSums(joined, _translation_scores)


def chrf_scores(texts: Sequence[str], references: Sequence[str]) -> FloatArray:
    """chrF of each row by itself, of shape (rows,)."""
    sums = translation_sums(texts, references)
    return _translation_scores(np.asarray(sums.columns))["chrf"]


def _translation_metrics() -> tuple[BLEU, CHRF]:
    from sacrebleu.metrics import BLEU, CHRF  # noqa: PLC0415

    return BLEU(force=True), CHRF()


def _translation_scores(sums: FloatArray) -> dict[str, FloatArray]:
    bleu, chrf = _translation_metrics()
    return {
        "bleu": _scores(bleu, sums[:, :BLEU_COLUMNS]),
        "chrf": _scores(chrf, sums[:, BLEU_COLUMNS:]),
    }


def _scores(metric: BLEU | CHRF, statistics: FloatArray) -> FloatArray:
    """The score of each row of statistics."""
    scores = []
    for row in statistics:
        score = metric._compute_score_from_stats(row.tolist())
        scores.append(score.score / 100)
    return np.array(scores)
