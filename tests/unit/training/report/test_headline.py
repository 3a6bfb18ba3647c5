from __future__ import annotations

import math

import pytest

from contracts.evaluation import Evaluation
from tests.unit.training.report import examples
from tests.unit.training.report.evaluations import HOSTILE, Document
from training.report.headline import headline, warnings


def evaluate(accuracy: float, **fields: object) -> Document:
    return examples.bare_document(model={"accuracy": accuracy}, rows=800, **fields)


def baselines(reference: float) -> Document:
    return {
        "trivial": {"name": "always 'p'", "metrics": {"accuracy": 0.5}},
        "reference": {"name": "TF-IDF", "metrics": {"accuracy": reference}},
    }


def intervals(model: Document | None = None, **difference: list[float]) -> Document:
    compared = dict.fromkeys(("trivial", "reference", "champion"))
    return {"model": model or {}, **compared, "difference": {**compared, **difference}}


@pytest.mark.parametrize(
    ("document", "tone", "sentence"),
    [
        (
            evaluate(0.8),
            "good",
            "Accuracy 0.800 on 800 held-out rows: better than always 'positive' (0.500).",
        ),
        (
            evaluate(0.5),
            "unsure",
            "Accuracy 0.500 on 800 held-out rows: as good as always 'positive' (0.500).",
        ),
        (
            evaluate(0.4),
            "bad",
            "Accuracy 0.400 on 800 held-out rows: worse than always 'positive' (0.500).",
        ),
        (
            evaluate(0.8, baselines=baselines(0.9)),
            "unsure",
            "Accuracy 0.800 on 800 held-out rows: better than always 'p' (0.500), worse than TF-IDF (0.900).",
        ),
        (
            evaluate(
                0.8,
                baselines=baselines(0.79),
                intervals=intervals(trivial=[0.2, 0.4], reference=[-0.01, 0.03]),
            ),
            "unsure",
            "Accuracy 0.800 on 800 held-out rows: better than always 'p' (0.500), "
            "not clearly better than TF-IDF (0.790).",
        ),
        (
            evaluate(
                0.8,
                baselines=baselines(0.7),
                champion={
                    "run": "films-1",
                    "name": "films-1",
                    "metrics": {"accuracy": 0.75},
                },
            ),
            "good",
            "Accuracy 0.800 on 800 held-out rows: better than the champion films-1 (0.750) and TF-IDF (0.700) and "
            "always 'p' (0.500).",
        ),
        (
            evaluate(0.8, intervals=intervals({"accuracy": [0.77, 0.83]})),
            "good",
            "Accuracy 0.800 (95 % interval 0.770 to 0.830) on 800 held-out rows: "
            "better than always 'positive' (0.500).",
        ),
        (evaluate(math.nan), "unsure", "Accuracy not a number on 800 held-out rows."),
        (evaluate(0.8, baselines={}), "unsure", "Accuracy 0.800 on 800 held-out rows."),
        (
            examples.bare_document(metric="", model={}),
            "unsure",
            "Its quality was not measured.",
        ),
    ],
)
def test_the_headline_is_one_sentence(
    document: Document, tone: str, sentence: str
) -> None:
    result = headline(Evaluation.read(document))
    assert (result.tone, result.sentence) == (tone, sentence)


def test_reasons_to_trust_the_numbers_less_are_named() -> None:
    assert list(warnings(examples.bare())) == [
        "Only 12 held-out rows: another 12 could give quite another result."
    ]
    of_inspect, hostile, *of_training = warnings(examples.classification())
    assert (of_inspect, hostile) == ("Repeated texts in 2 rows (5%): kept.", HOSTILE)
    assert of_training == [
        "8% of the training examples reach the limit of 256 tokens: what is beyond is not read.",
        "Its scores are no shares of right answers: do not read 0.9 as nine of ten (see reliability).",
    ]
    assert list(warnings(examples.summaries()))[-1] == (
        "The live model was not compared: its archive is damaged (ReadError)."
    )
