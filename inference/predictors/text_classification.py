"""Text classification as the `text-classification` pipeline answers it, many requests in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidRequestError
from .base import Request, describe
from .batches import per_text
from .checks import known_only, one_or_many, only_true, readable, text_of
from .models import load_encoder
from .scores import softmax, sound
from .tokens import Text, Tokens, token_limit

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]

FUNCTIONS = ("softmax", "sigmoid", "none")
PARAMETERS = ("top_k", "function_to_apply", "truncation")


@dataclass(frozen=True)
class Logits:
    values: Array
    truncated: bool


def load(model_dir: Path) -> TextClassifier:
    return TextClassifier(*load_encoder(model_dir, "AutoModelForSequenceClassification", "text_classification"))


class TextClassifier:
    """Calling it answers one request; `predict` takes the texts of many."""

    task = "text-classification"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._tokens = Tokens(tokenizer, token_limit(tokenizer, model))
        self._labels = [str(model.config.id2label[index]) for index in range(model.config.num_labels)]
        self._function = default_function(model.config)

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        checked = {"top_k": 1, "function": self._function, **check_parameters(parameters)}
        given, single = one_or_many(inputs)
        bare = isinstance(inputs, dict) and "top_k" not in parameters
        return Request([check_input(*each) for each in given], single, checked | {"bare": bare})

    def predict(self, items: Sequence[Text]) -> list[Logits]:
        rows = self._tokens.rows(items)
        found = dict(per_text(self.model, self.tokenizer, rows, "logits"))
        return [Logits(found[index], row.truncated) for index, row in enumerate(rows)]

    def answer(self, request: Request, outputs: Sequence[Logits]) -> Any:
        function, top_k = request.parameters["function"], request.parameters["top_k"]
        ranked = [self._ranked(output.values, function, top_k) for output in outputs]
        if "ranked" in request.parameters:
            return ranked[0] if request.single else ranked
        best = [scores[0] for scores in ranked]
        return best[0] if request.parameters.get("bare") else best

    def _ranked(self, logits: Array, function: str, top_k: int | None) -> list[dict[str, Any]]:
        import numpy as np  # noqa: PLC0415

        scores = apply_function(function, sound(logits))
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [{"label": self._labels[index], "score": float(scores[index])} for index in order]


def default_function(config: Any) -> str:
    """What turns logits into scores when the request does not say."""
    if config.problem_type == "regression":
        return "none"
    if config.problem_type == "multi_label_classification" or config.num_labels == 1:
        return "sigmoid"
    return "softmax"


def apply_function(function: str, logits: Array) -> Array:
    import numpy as np  # noqa: PLC0415

    if function == "softmax":
        return softmax(logits)
    if function == "sigmoid":
        # Both branches of the stable form: exp never sees a large positive number.
        small = np.exp(-np.abs(logits))
        return np.where(logits >= 0, 1 / (1 + small), small / (1 + small))
    return logits


def check_input(value: Any, field: str) -> Text:
    """A text, or an object of text and text_pair. Raises `InvalidRequestError` naming the field."""
    if isinstance(value, str):
        return Text(readable(value, field))
    if not isinstance(value, dict):
        raise InvalidRequestError(
            f"{field}: expected a text or an object with text and text_pair; found {describe(value)}. Send a string."
        )
    for key in value:
        if key not in ("text", "text_pair"):
            raise InvalidRequestError(
                f"{field}.{key}: expected only the fields text and text_pair; found {key!r}. Remove it."
            )
    text, pair = value.get("text"), value.get("text_pair")
    for name, part in (("text", text), ("text_pair", "" if pair is None else pair)):
        text_of(part, f"{field}.{name}")
    return Text(str(text), pair)


def check_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`top_k` and `function` as given; `ranked` where the answer is a list an input."""
    known_only(parameters, PARAMETERS)
    checked: dict[str, Any] = {}
    if "top_k" in parameters:
        checked |= {"top_k": _top_k(parameters["top_k"]), "ranked": True}
    if parameters.get("function_to_apply") is not None:
        checked["function"] = _function(parameters["function_to_apply"])
    only_true(parameters, "truncation", "Longer texts are always cut at the model's limit")
    return checked


def _top_k(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise InvalidRequestError(
        f"parameters.top_k: expected a whole number from 1, or null for all labels; found {describe(value)}. "
        "Send 1 for the best label."
    )


def _function(value: Any) -> str:
    if isinstance(value, str) and value.lower() in FUNCTIONS:
        return value.lower()
    raise InvalidRequestError(
        f"parameters.function_to_apply: expected {', '.join(FUNCTIONS)}; found {describe(value)}. "
        "Leave it out for the default."
    )
