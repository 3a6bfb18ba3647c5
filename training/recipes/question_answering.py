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
from training.errors import DataError
from training.metrics.bootstrap import Tally
from training.metrics.mistakes import worst
from training.metrics.sums import means
from training.recipes.base import Baseline, Features, Mistake, Predictions, Recipe, need_places

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
SHORT_ANSWER = 15
CANDIDATES = 5


def recipe(task: Task) -> Recipe:
    return QuestionAnswering(task)


class QuestionAnswering(Recipe):
    unanswerable = False
    """Whether some training row has no answer: the model may then say so."""
    longest = SHORT_ANSWER
    """Tokens of the longest answer that is looked for: of the training rows', at least what the pipeline allows."""

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        need_places(tokenizer)
        return super().prepare(model, tokenizer, arguments)

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForQuestionAnswering  # noqa: PLC0415

        return AutoModelForQuestionAnswering.from_pretrained(source, dtype=torch.float32, ignore_mismatched_sizes=True)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """Of a long context every window: one without the whole answer is learnt as one without answer."""
        from inference.predictors.question_answering import Question, QuestionAnswerer  # noqa: PLC0415

        self.unanswerable = self.unanswerable or any(not row["answers"] for row in rows)
        predictor = QuestionAnswerer(None, tokenizer, limit=arguments.max_length)
        found: list[Features] = []
        for row in rows:
            windows = predictor.windows(0, Question(row["question"], row["context"], arguments.doc_stride))
            examples = [_example(window, row) for window in windows]
            lengths = [
                each["end_positions"] - each["start_positions"] + 1 for each in examples if each["end_positions"]
            ]
            # An answer that no window holds whole would teach that there is none.
            found += examples if lengths or not row["answers"] else []
            self.longest = max([self.longest, *lengths])
        if not found:
            raise DataError(
                f"expected answers that fit into {arguments.max_length} tokens; found none. Raise max_length."
            )
        return found

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        from inference.predictors.question_answering import QuestionAnswerer  # noqa: PLC0415

        model.config.task_specific_params = {self.task.name: self.settings(arguments)}
        predictor = QuestionAnswerer(model, tokenizer, limit=arguments.max_length)
        asked = [self.request(row)["inputs"] for row in rows]
        return [each.best for each in predictor.predict(predictor.parse(asked, {"top_k": CANDIDATES}).items)]

    def answers(self, predictions: Predictions) -> Predictions:
        return [best[0]["answer"] for best in predictions]

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        return squad_tally(answers, rows)

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        return {"unanswerable": sum(not row["answers"] for row in rows)}

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """Those that share the fewest words with what was to be found."""
        answers = self.answers(predictions)
        f1 = squad_tally(answers, rows).columns[:, 0]
        right = [" | ".join(dict.fromkeys(each["text"] for each in row["answers"])) for row in rows]
        return worst(
            1 - f1,
            lambda row: (
                f"{rows[row]['question']} | {rows[row]['context']}",
                right[row] or "no answer",
                answers[row] or "no answer",
            ),
            f1,
        )

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        if sum(not row["answers"] for row in train) > len(train) / 2:
            return Baseline("no answer", squad_tally([""] * len(test), test))
        return Baseline("the first three words", squad_tally([" ".join(r["context"].split()[:3]) for r in test], test))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The sentence that shares most words with the question."""
        return Baseline("the most similar sentence", squad_tally([_nearest_sentence(row) for row in test], test))

    def request(self, row: Row) -> dict[str, Any]:
        return {"inputs": {"question": row["question"], "context": row["context"]}}

    def heard(self, response: Any, labels: Sequence[str]) -> Any:
        answer = response[0] if isinstance(response, list) else response
        return str(answer["answer"])

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        """The answer may be another one that is as good within the tolerance."""
        best = prediction[0]
        good = [each for each in prediction if best["score"] - each["score"] <= tolerance]
        same = next((each for each in good if each["answer"] == response["answer"]), None)
        if same and abs(response["score"] - same["score"]) <= tolerance:
            return None
        return f"{response['answer']!r} at {response['score']:.4f} instead of {best['answer']!r} at {best['score']:.4f}"

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {
            "doc_stride": arguments.doc_stride,
            "handle_impossible_answer": self.unanswerable,
            "max_answer_len": self.longest,
        }


def _example(window: Any, row: Row) -> Features:
    """Start and end are the first token where the window holds no whole answer."""
    columns = {name: np.array(values, dtype=np.int32) for name, values in window.row.columns.items()}
    places = window.places
    for answer in row["answers"]:
        begin, stop = _bounds(answer)
        inside = [i for i, place in enumerate(places) if place and place[0] < stop and place[1] > begin]
        if inside and places[inside[0]][0] <= begin and places[inside[-1]][1] >= stop:
            return columns | {"start_positions": inside[0], "end_positions": inside[-1]}
    return columns | {"start_positions": 0, "end_positions": 0}


def _bounds(answer: dict[str, Any]) -> tuple[int, int]:
    """Of an answer without the spaces around it, which no token stands for."""
    text = answer["text"]
    return answer["start"] + len(text) - len(text.lstrip()), answer["start"] + len(text.rstrip())


def normalised(text: str) -> str:
    """As SQuAD compares: lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def squad_tally(answers: Sequence[str], rows: Sequence[Row]) -> Tally:
    """Exact match and word F1, the best over a row's answers, averaged, as SQuAD 2 counts."""
    found = [
        _scores(answer, [each["text"] for each in row["answers"]]) for answer, row in zip(answers, rows, strict=True)
    ]
    exact, f1 = zip(*found, strict=True)
    return means({"f1": f1, "exact_match": exact})


def _scores(answer: str, references: Sequence[str]) -> tuple[float, float]:
    said = normalised(answer)
    golds = [gold for gold in map(normalised, references) if gold] or [""]
    return float(said in golds), max(_f1(said.split(), gold.split()) for gold in golds)


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    return 2 * sum((Counter(said) & Counter(gold)).values()) / (len(said) + len(gold))


def _nearest_sentence(row: Row) -> str:
    wanted = set(normalised(row["question"]).split())
    sentences: list[str] = re.split(r"(?<=[.!?])\s+", row["context"])
    return max(sentences, key=lambda sentence: len(wanted & set(normalised(sentence).split())))
