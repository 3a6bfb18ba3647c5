"""Extractive question answering: a start and an end in the context, or the first token where there is no answer."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row
from tasks.arguments import Arguments
from tasks.base import Task
from training.tasks.base import Baseline, Features, Metrics, Predictions, Recipe

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def recipe(task: Task) -> Recipe:
    return QuestionAnswering(task)


class QuestionAnswering(Recipe):
    unanswerable = False
    """Whether some training row has no answer: the model may then say so."""

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForQuestionAnswering  # noqa: PLC0415

        return AutoModelForQuestionAnswering.from_pretrained(source, dtype=torch.float32, ignore_mismatched_sizes=True)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """A window that does not hold the whole answer is one without answer."""
        self.unanswerable = self.unanswerable or any(not row["answers"] for row in rows)
        predictor = self._predictor(None, tokenizer, arguments)
        return [
            example
            for row in rows
            for window in predictor.windows(0, self._question(row, arguments))
            if (example := _example(window, row)) is not None
        ]

    def _question(self, row: Row, arguments: Arguments) -> Any:
        from inference.predictors.question_answering import Question  # noqa: PLC0415

        longest = max((len(answer["text"].split()) for answer in row["answers"]), default=0)
        return Question(
            row["question"], row["context"], arguments.doc_stride, max(15, 2 * longest), impossible=self.unanswerable
        )

    def _predictor(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        from inference.predictors.question_answering import QuestionAnswerer  # noqa: PLC0415

        return QuestionAnswerer(model, tokenizer, limit=arguments.max_length)

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        questions = [self._question(row, arguments) for row in rows]
        return [each.best[0] for each in self._predictor(model, tokenizer, arguments).predict(questions)]

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        return squad_metrics([prediction["answer"] for prediction in predictions], rows)

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        return {"unanswerable": sum(not row["answers"] for row in rows)}

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        if sum(not row["answers"] for row in train) > len(train) / 2:
            return Baseline("no answer", squad_metrics([""] * len(test), test))
        return Baseline(
            "the first three words", squad_metrics([" ".join(r["context"].split()[:3]) for r in test], test)
        )

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The sentence that shares most words with the question."""
        return Baseline("the most similar sentence", squad_metrics([_nearest_sentence(row) for row in test], test))

    def request(self, row: Row) -> dict[str, Any]:
        longest = max((len(answer["text"].split()) for answer in row["answers"]), default=0)
        parameters = {"parameters": {"max_answer_len": 2 * longest}} if 2 * longest > 15 else {}
        return {"inputs": {"question": row["question"], "context": row["context"]}, **parameters}

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        near = abs(response["score"] - prediction["score"]) <= tolerance
        if near and response["answer"] == prediction["answer"]:
            return None
        return (
            f"{response['answer']!r} at {response['score']:.4f} instead of "
            f"{prediction['answer']!r} at {prediction['score']:.4f}"
        )

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {"doc_stride": arguments.doc_stride, "handle_impossible_answer": self.unanswerable}


def _example(window: Any, row: Row) -> Features | None:
    """None for a window without the answer of a row that has one: it would teach that there is none."""
    columns = {name: np.array(values, dtype=np.int32) for name, values in window.row.columns.items()}
    if not row["answers"]:
        return columns | {"start_positions": 0, "end_positions": 0}
    answer = row["answers"][0]
    begin, stop = answer["start"], answer["start"] + len(answer["text"].rstrip())
    inside = [i for i, place in enumerate(window.places) if place and place[0] < stop and place[1] > begin]
    whole = inside and window.places[inside[0]][0] <= begin and window.places[inside[-1]][1] >= stop
    return columns | {"start_positions": inside[0], "end_positions": inside[-1]} if whole else None


def normalised(text: str) -> str:
    """As SQuAD compares: lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def squad_metrics(answers: Sequence[str], rows: Sequence[Row]) -> Metrics:
    """Exact match and word F1, the best over a row's answers, averaged."""
    found = [
        _scores(answer, [each["text"] for each in row["answers"]] or [""])
        for answer, row in zip(answers, rows, strict=True)
    ]
    exact, f1 = zip(*found, strict=True)
    return {"f1": float(np.mean(f1)), "exact_match": float(np.mean(exact))}


def _scores(answer: str, references: Sequence[str]) -> tuple[float, float]:
    said = normalised(answer)
    golds = [normalised(reference) for reference in references]
    return float(said in golds), max(_f1(said.split(), gold.split()) for gold in golds)


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    return 2 * sum((Counter(said) & Counter(gold)).values()) / (len(said) + len(gold))


def _nearest_sentence(row: Row) -> str:
    wanted = set(normalised(row["question"]).split())
    sentences: list[str] = re.split(r"(?<=[.!?])\s+", row["context"])
    return max(sentences, key=lambda sentence: len(wanted & set(normalised(sentence).split())))
