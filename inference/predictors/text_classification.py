"""Text classification as the `text-classification` pipeline answers it, many requests as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json
from .base import EncoderPredictor, Request, labels_of
from .batches import per_text
from .checks import (
    as_whole_number,
    known_only,
    one_or_many,
    only_true,
    readable,
    text_of,
)
from .interfaces import Config, Model, Tokenizer
from .models import load_encoder
from .scores import require_finite, sigmoid, softmax
from .tokens import Text

if TYPE_CHECKING:
    from .interfaces import FloatArray

FUNCTIONS = ("softmax", "sigmoid", "none")
PARAMETERS = ("top_k", "function_to_apply", "truncation")
PAIR_FIELDS = ("text", "text_pair")


@dataclass(frozen=True)
class Logits:
    """The model's numbers for one text, of shape (labels,)."""

    values: FloatArray
    truncated: bool


class LabelScore(TypedDict):
    label: str
    score: float


@dataclass(frozen=True)
class Parameters:
    """`top_k` None is all labels."""

    function: str
    """One of `FUNCTIONS`: from logits to scores."""
    top_k: int | None = 1
    ranked: bool = False
    """Whether an input's answer is a list, which it is where the request has a `top_k`."""
    bare: bool = False
    """Whether the answer is one object, which it is for a pair that stands alone without `top_k`."""


def load(model_dir: Path) -> TextClassifier:
    return TextClassifier(
        *load_encoder(
            model_dir, "AutoModelForSequenceClassification", "text_classification"
        )
    )


class TextClassifier(EncoderPredictor[Text, Logits, Parameters]):
    task = "text-classification"

    def __init__(self, model: Model, tokenizer: Tokenizer) -> None:
        super().__init__(model, tokenizer)
        self._labels = labels_of(model)
        self._function = default_function(model.config)

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Text, Parameters]:
        bare = isinstance(inputs, dict) and "top_k" not in parameters
        checked = check_parameters(parameters, self._function, bare)
        items, single = one_or_many(inputs)
        texts = [check_input(value, field) for value, field in items]
        return Request(texts, single, checked)

    def predict(self, items: Sequence[Text]) -> list[Logits]:
        rows = self._tokens.rows(items)
        logits = dict(per_text(self.model, self.tokenizer, rows, "logits"))
        outputs: list[Logits] = []
        for index, row in enumerate(rows):
            outputs.append(Logits(logits[index], row.truncated))
        return outputs

    def answer(
        self, request: Request[Text, Parameters], outputs: Sequence[Logits]
    ) -> LabelScore | list[LabelScore] | list[list[LabelScore]]:
        ranked = [self._ranked(output.values, request.parameters) for output in outputs]
        if request.parameters.ranked:
            return ranked[0] if request.single else ranked
        best = [scores[0] for scores in ranked]
        return best[0] if request.parameters.bare else best

    def _ranked(self, logits: FloatArray, parameters: Parameters) -> list[LabelScore]:
        """The labels with the highest scores, best first."""
        import numpy as np  # noqa: PLC0415

        scores = apply_function(parameters.function, require_finite(logits))
        order = np.argsort(-scores, kind="stable")
        ranked: list[LabelScore] = []
        for index in order[: parameters.top_k]:
            label = self._labels[index]
            ranked.append({"label": label, "score": float(scores[index])})
        return ranked


def default_function(config: Config) -> str:
    """What turns logits into scores when the request does not say."""
    if config.problem_type == "regression":
        return "none"
    if config.problem_type == "multi_label_classification" or config.num_labels == 1:
        return "sigmoid"
    return "softmax"


def apply_function(function: str, logits: FloatArray) -> FloatArray:
    """Scores of shape (labels,) by one of `FUNCTIONS`."""
    if function == "softmax":
        return softmax(logits)
    return sigmoid(logits) if function == "sigmoid" else logits


def check_input(value: Json, field: str) -> Text:
    """A text, or an object of text and text_pair. Raises `InvalidRequestError` naming the field."""
    if isinstance(value, str):
        return Text(readable(value, field))
    if not isinstance(value, dict):
        raise InvalidRequestError(
            f"{field}: expected a text or an object with text and text_pair; found {describe(value)}. Send a string."
        )
    for key in value:
        if key not in PAIR_FIELDS:
            raise InvalidRequestError(
                f"{field}.{key}: expected only the fields text and text_pair; found {key!r}. Remove it."
            )
    text = text_of(value.get("text"), f"{field}.text")
    pair = value.get("text_pair")
    if pair is None:
        return Text(text)
    return Text(text, text_of(pair, f"{field}.text_pair"))


def check_parameters(
    parameters: Mapping[str, Json], default_function: str, bare: bool = False
) -> Parameters:
    """Raises `InvalidRequestError`."""
    known_only(parameters, PARAMETERS)
    ranked = "top_k" in parameters
    top_k = _top_k(parameters["top_k"]) if ranked else 1
    function = default_function
    if parameters.get("function_to_apply") is not None:
        function = _function(parameters["function_to_apply"])
    only_true(
        parameters, "truncation", "Longer texts are always cut at the model's limit"
    )
    return Parameters(function, top_k, ranked, bare)


def _top_k(value: Json) -> int | None:
    if value is None:
        return None
    number = as_whole_number(value)
    if number is not None and number >= 1:
        return number
    raise InvalidRequestError(
        f"parameters.top_k: expected a whole number from 1, or null for all labels; found {describe(value)}. "
        "Send 1 for the best label."
    )


def _function(value: Json) -> str:
    if isinstance(value, str) and value.lower() in FUNCTIONS:
        return value.lower()
    raise InvalidRequestError(
        f"parameters.function_to_apply: expected {', '.join(FUNCTIONS)}; found {describe(value)}. "
        "Leave it out for the default."
    )
