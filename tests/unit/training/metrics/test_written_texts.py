from __future__ import annotations

import pytest

from training.metrics.written_texts import rouge_sums, translation_sums


def test_scores_are_fractions_of_one() -> None:
    same = ["the council will build a school"]
    assert rouge_sums(same, same).metrics() == {
        "rouge1": 1.0,
        "rouge2": 1.0,
        "rougeL": 1.0,
    }
    assert translation_sums(same, same).metrics() == pytest.approx(
        {"bleu": 1.0, "chrf": 1.0}
    )
    assert rouge_sums(["a b"], ["a c"]).metrics()["rouge1"] == 0.5
    assert translation_sums(["nothing of it"], same).metrics()["bleu"] < 0.1


def test_the_scores_of_a_set_are_sacrebleus_own() -> None:
    import sacrebleu  # noqa: PLC0415

    texts = [
        "the council will build a school .",
        "a bridge over the river",
        "nothing of it",
        "",
    ]
    references = [
        "the council builds a school.",
        "the bridge over the old river",
        "the window",
        "open",
    ]
    result = translation_sums(texts, references).metrics()
    assert result["bleu"] == pytest.approx(
        sacrebleu.corpus_bleu(texts, [references]).score / 100
    )
    assert result["chrf"] == pytest.approx(
        sacrebleu.corpus_chrf(texts, [references]).score / 100
    )
