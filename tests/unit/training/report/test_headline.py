from __future__ import annotations

import math
from typing import Any

import pytest

from tests.unit.training.report import made_up
from training.report.verdict import sentence, warnings

BARE = made_up.bare().evaluation


def judged(value: float, **more: Any) -> dict[str, Any]:
    return {**BARE, "model": {"accuracy": value}, "rows": 800, **more}


def reference(value: float) -> dict[str, Any]:
    return {
        "trivial": {"name": "always 'p'", "metrics": {"accuracy": 0.5}},
        "reference": {"name": "TF-IDF", "metrics": {"accuracy": value}},
    }


@pytest.mark.parametrize(
    ("evaluation", "tone", "said"),
    [
        (judged(0.8), "good", "Accuracy 0.800 on 800 held-out rows: better than always 'positive' (0.500)."),
        (judged(0.5), "unsure", "Accuracy 0.500 on 800 held-out rows: as good as always 'positive' (0.500)."),
        (judged(0.4), "bad", "Accuracy 0.400 on 800 held-out rows: worse than always 'positive' (0.500)."),
        (
            judged(0.8, baselines=reference(0.9)),
            "unsure",
            "Accuracy 0.800 on 800 held-out rows: better than always 'p' (0.500), worse than TF-IDF (0.900).",
        ),
        (
            judged(0.8, baselines=reference(0.79), difference={"trivial": [0.2, 0.4], "reference": [-0.01, 0.03]}),
            "unsure",
            "Accuracy 0.800 on 800 held-out rows: better than always 'p' (0.500), "
            "not clearly better than TF-IDF (0.790).",
        ),
        (
            judged(0.8, baselines=reference(0.7), champion={"run": "films-1", "metrics": {"accuracy": 0.75}}),
            "good",
            "Accuracy 0.800 on 800 held-out rows: better than the champion films-1 (0.750) and TF-IDF (0.700) and "
            "always 'p' (0.500).",
        ),
        (
            judged(0.8, intervals={"model": {"accuracy": [0.77, 0.83]}}),
            "good",
            "Accuracy 0.800 (95 % interval 0.770 to 0.830) on 800 held-out rows: "
            "better than always 'positive' (0.500).",
        ),
        (judged(math.nan), "unsure", "Accuracy not a number on 800 held-out rows."),
        (judged(0.8, baselines={}), "unsure", "Accuracy 0.800 on 800 held-out rows."),
        ({**BARE, "metric": "", "model": {}}, "unsure", "Its quality was not measured."),
    ],
)
def test_the_verdict_is_one_sentence(evaluation: dict[str, Any], tone: str, said: str) -> None:
    assert sentence(evaluation) == (tone, said)


def test_reasons_to_trust_the_numbers_less_are_named() -> None:
    assert list(warnings(made_up.bare())) == ["Only 12 held-out rows: another 12 could give quite another result."]
    assert list(warnings(made_up.classification())) == [
        "8% of the training examples reach the limit of 256 tokens: what is beyond is not read.",
        "Its scores are no shares of right answers: do not read 0.9 as nine of ten (see reliability).",
    ]
    assert list(warnings(made_up.summaries()))[-1] == (
        "The live model was not compared: its archive is damaged (ReadError)."
    )
