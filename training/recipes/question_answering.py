"""Extractive question answering: a start and an end in the context, or the first token where there is no answer."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from contracts.evaluation import Mistake
from inference.predictors.question_answering import (
    Answer,
    Question,
    QuestionAnswerer,
    Window,
)
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from training.common.errors import DataError
from training.common.examples import Examples
from training.common.types import Features, FloatArray, Json, JsonObject, Rows
from training.metrics.mistakes import MistakeText, worst
from training.metrics.sums import MetricSums, mean_sums
from training.metrics.thresholds import thresholds
from training.recipes.base import (
    BaselineResult,
    Details,
    GraphInterface,
    JudgedRow,
    Recipe,
    ServedAnswers,
    TaskScorer,
    TaskTrainer,
    require_offsets,
)

if TYPE_CHECKING:
    from training.common.types import Model, Tokenizer

ARTICLES = re.compile(r"\b(a|an|the)\b")
WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
PIPELINE_ANSWER_TOKENS = 15
"""Tokens of the longest answer that the pipeline looks for."""
CANDIDATES = 5
"""The best answers, of which any that ties with the best may be served."""
TRIVIAL_ANSWER_WORDS = 3
NO_ANSWER = "no answer"


AnswerResponse: TypeAlias = list[Answer] | Answer


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[list[Answer], str, AnswerResponse]:
    served = QuestionAnsweringAnswers(task, labels)
    trainer = QuestionAnsweringTrainer(task, labels, served)
    return Recipe(task, labels, trainer, QuestionAnsweringScorer(task, labels), served)


class QuestionAnsweringAnswers(ServedAnswers[list[Answer], str, AnswerResponse]):
    def request(self, row: Row) -> JsonObject:
        return {"inputs": {"question": row["question"], "context": row["context"]}}

    def parse_response(self, response: AnswerResponse) -> str:
        return str(_best(response)["answer"])

    def disagreement(
        self, response: AnswerResponse, prediction: list[Answer], tolerance: float
    ) -> str | None:
        """Another answer is right where its score is the best within the tolerance."""
        answer, best = _best(response), prediction[0]
        for candidate in prediction:
            ties = best["score"] - candidate["score"] <= tolerance
            if ties and candidate["answer"] == answer["answer"]:
                if abs(answer["score"] - candidate["score"]) <= tolerance:
                    return None
                break
        return f"{answer['answer']!r} at {answer['score']:.4f} instead of {best['answer']!r} at {best['score']:.4f}"


def _best(response: AnswerResponse) -> Answer:
    return response[0] if isinstance(response, list) else response


class QuestionAnsweringTrainer(TaskTrainer[list[Answer]]):
    """A prediction holds the row's `CANDIDATES` best answers."""

    graph = GraphInterface(
        "AutoModelForQuestionAnswering", ("start_logits", "end_logits")
    )
    unanswerable = False
    """Whether some training row has no answer: the model may then say so."""
    max_answer_tokens = PIPELINE_ANSWER_TOKENS
    """Tokens of the longest answer that serving looks for: as many as the training rows' longest one has."""
    has_encoded = False
    """Else the two above say nothing, as where the graph of a packed model is measured."""

    def __init__(
        self, task: Task, labels: Sequence[str], served: QuestionAnsweringAnswers
    ) -> None:
        super().__init__(task, labels)
        self._served = served

    def load_model(self, source: str) -> Model:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForQuestionAnswering  # noqa: PLC0415

        return AutoModelForQuestionAnswering.from_pretrained(
            source, dtype=torch.float32, ignore_mismatched_sizes=True
        )

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        require_offsets(tokenizer)

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """Every window of a long context is an example; one without the whole answer has none."""
        self.has_encoded = True
        examples = Examples(self._encoded(tokenizer, rows, arguments))
        if not examples:
            raise DataError(
                f"expected answers that fit into {arguments.max_length} tokens; found none. Raise max_length."
            )
        return examples

    def _encoded(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Iterator[Features]:
        self.unanswerable = self.unanswerable or any(not row["answers"] for row in rows)
        predictor = QuestionAnswerer(None, tokenizer, limit=arguments.max_length)
        for row in rows:
            question = Question(row["question"], row["context"], arguments.doc_stride)
            of_row = [
                _example(window, row) for window in predictor.windows(0, question)
            ]
            lengths = [
                _answer_tokens(example)
                for example in of_row
                if example["end_positions"]
            ]
            # Where no window holds an answer whole, the row would teach that there is none.
            if lengths or not row["answers"]:
                yield from of_row
            self.max_answer_tokens = max([self.max_answer_tokens, *lengths])

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[list[Answer]]:
        if self.has_encoded:
            model.config.task_specific_params = {
                self.task.name: self.settings(arguments)
            }
        predictor = QuestionAnswerer(model, tokenizer, limit=arguments.max_length)
        inputs = [self._served.request(row)["inputs"] for row in rows]
        request = predictor.parse(inputs, {"top_k": CANDIDATES})
        return [output.best for output in predictor.predict(request.items)]

    def settings(self, arguments: Hyperparameters) -> dict[str, Json]:
        return {
            "doc_stride": arguments.doc_stride,
            "handle_impossible_answer": self.unanswerable,
            "max_answer_len": self.max_answer_tokens,
        }


def _example(window: Window, row: Row) -> Features:
    """Start and end are the first token where the window does not hold the whole answer."""
    columns = {
        name: np.array(values, dtype=np.int32)
        for name, values in window.row.columns.items()
    }
    for answer in row["answers"]:
        start, end = _trimmed_offset(answer["text"], answer["start"])
        tokens = []
        offsets = []
        for token, offset in enumerate(window.places):
            if offset and offset[0] < end and offset[1] > start:
                tokens.append(token)
                offsets.append(offset)
        if tokens and offsets[0][0] <= start and offsets[-1][1] >= end:
            return columns | {"start_positions": tokens[0], "end_positions": tokens[-1]}
    return columns | {"start_positions": 0, "end_positions": 0}


def _answer_tokens(example: Features) -> int:
    return int(example["end_positions"] - example["start_positions"] + 1)


def _trimmed_offset(text: str, start: int) -> tuple[int, int]:
    """Start and end of an answer without the spaces around it, which no token stands for."""
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


class QuestionAnsweringScorer(TaskScorer[list[Answer], str]):
    def answers(self, predictions: Sequence[list[Answer]]) -> list[str]:
        return [candidates[0]["answer"] for candidates in predictions]

    def sums(self, answers: Sequence[str], rows: Rows) -> MetricSums:
        return squad_sums(answers, rows)

    def details(self, predictions: Sequence[list[Answer]], rows: Rows) -> Details:
        exact, _ = squad_scores(self.answers(predictions), rows)
        confidence = [candidates[0]["score"] for candidates in predictions]
        return {
            "unanswerable": sum(not row["answers"] for row in rows),
            "thresholds": thresholds(confidence, exact),
        }

    def mistakes(
        self, predictions: Sequence[list[Answer]], rows: Rows
    ) -> list[Mistake]:
        """Those that share the fewest words with the right answer."""
        answers = self.answers(predictions)
        _, f1 = squad_scores(answers, rows)
        return worst(1 - f1, lambda row: _text(answers[row], rows[row]), f1)

    def judged(self, answers: Sequence[str], rows: Rows) -> list[JudgedRow]:
        """Right are exact matches."""
        exact, _ = squad_scores(answers, rows)
        judged = []
        for score, answer, row in zip(exact, answers, rows, strict=True):
            judged.append(JudgedRow(bool(score), _text(answer, row)))
        return judged

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        unanswered = sum(not row["answers"] for row in train)
        if unanswered > len(train) / 2:
            return BaselineResult(NO_ANSWER, squad_sums([""] * len(test), test))
        answers = [
            " ".join(row["context"].split()[:TRIVIAL_ANSWER_WORDS]) for row in test
        ]
        return BaselineResult("the first three words", squad_sums(answers, test))

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        """The sentence that shares the most words with the question."""
        return BaselineResult(
            "the most similar sentence",
            squad_sums([_nearest_sentence(row) for row in test], test),
        )


def normalised(text: str) -> str:
    """As the official SQuAD script compares texts: lower case, no punctuation, no articles, single spaces."""
    without_punctuation = text.lower().translate(WITHOUT_PUNCTUATION)
    return " ".join(ARTICLES.sub(" ", without_punctuation).split())


def squad_sums(answers: Sequence[str], rows: Rows) -> MetricSums:
    """Exact match and word F1, as the official script of SQuAD 2.0 counts them."""
    exact, f1 = squad_scores(answers, rows)
    return mean_sums({"f1": f1, "exact_match": exact})


def _text(answer: str, row: Row) -> MistakeText:
    right = dict.fromkeys(reference["text"] for reference in row["answers"])
    return MistakeText(
        f"{row['question']} | {row['context']}",
        " | ".join(right) or NO_ANSWER,
        answer or NO_ANSWER,
    )


def squad_scores(answers: Sequence[str], rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Exact match and word F1 of each row, the best over its right answers, both of shape (rows,)."""
    scores = []
    for answer, row in zip(answers, rows, strict=True):
        references = [reference["text"] for reference in row["answers"]]
        scores.append(_scores(answer, references))
    exact, f1 = np.array(scores, dtype=np.float64).T
    return exact, f1


def _scores(answer: str, references: Sequence[str]) -> tuple[float, float]:
    """Exact match and F1; without a right answer, the empty one is right."""
    answer = normalised(answer)
    right = [text for text in map(normalised, references) if text] or [""]
    return float(answer in right), max(
        _word_f1(answer.split(), text.split()) for text in right
    )


def _word_f1(answer: list[str], reference: list[str]) -> float:
    if not answer or not reference:
        return float(answer == reference)
    shared = Counter(answer) & Counter(reference)
    return 2 * shared.total() / (len(answer) + len(reference))


def _nearest_sentence(row: Row) -> str:
    question = set(normalised(row["question"]).split())
    sentences: list[str] = SENTENCE_END.split(row["context"])
    return max(
        sentences,
        key=lambda sentence: len(question & set(normalised(sentence).split())),
    )
