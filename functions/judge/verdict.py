"""How good a model is, in one sentence for people. Made here once; mail, terminal and API read it from the record."""

from __future__ import annotations

from contracts.evaluation import Evaluation

ACCURACY = "accuracy"


def verdict_sentence(evaluation: Evaluation) -> str:
    """`About 87 of 100 new texts get the right label (77 to 94).`; empty where accuracy was not measured."""
    accuracy = evaluation.model.get(ACCURACY)
    if accuracy is None or not evaluation.confusion:
        return ""
    interval = evaluation.intervals.model.get(ACCURACY) if evaluation.intervals else None
    bounds = f" ({interval[0] * 100:.0f} to {interval[1] * 100:.0f})" if interval else ""
    return f"About {accuracy * 100:.0f} of 100 new texts get the right label{bounds}."
