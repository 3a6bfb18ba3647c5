"""Token classification as the `token-classification` pipeline answers it, many requests in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ArchiveError, InvalidRequestError
from .base import Request, describe
from .batches import per_token
from .checks import known_only, one_of, one_or_many, text_of
from .entities import STRATEGIES, Piece, aggregate
from .models import load_encoder
from .scores import softmax, sound
from .tokens import Row, Text, Tokens, token_limit

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]

PARAMETERS = ("aggregation_strategy", "ignore_labels")


@dataclass(frozen=True)
class Tagged:
    """What the model says of one text: its pieces without special tokens, and a row of scores for each."""

    text: str
    pieces: list[Piece]
    truncated: bool


def load(model_dir: Path) -> TokenClassifier:
    return TokenClassifier(*load_encoder(model_dir, "AutoModelForTokenClassification", "token_classification"))


class TokenClassifier:
    """Calling it answers one request; `predict` takes the texts of many."""

    task = "token-classification"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        if not tokenizer.is_fast:
            raise ArchiveError(
                f"expected a fast tokenizer, which knows where a token stands; found {type(tokenizer).__name__}. "
                "Save tokenizer.json with the model."
            )
        self.model = model
        self.tokenizer = tokenizer
        self._tokens = Tokens(tokenizer, token_limit(tokenizer, model))
        self._labels = [str(model.config.id2label[index]) for index in range(model.config.num_labels)]

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        known_only(parameters, PARAMETERS)
        checked = {
            "strategy": one_of(parameters, "aggregation_strategy", STRATEGIES, "simple"),
            "ignored": _ignored(parameters.get("ignore_labels")),
        }
        given, single = one_or_many(inputs)
        return Request([Text(text_of(*each)) for each in given], single, checked)

    def predict(self, items: Sequence[Text]) -> list[Tagged]:
        rows = self._tokens.rows(items)
        found = dict(per_token(self.model, self.tokenizer, rows, ["logits"]))
        return [
            Tagged(item.text, self._pieces(item.text, row, *found[index]), row.truncated)
            for index, (item, row) in enumerate(zip(items, rows, strict=True))
        ]

    def _pieces(self, text: str, row: Row, logits: Array) -> list[Piece]:
        scores = softmax(sound(logits))
        ids, names, special = row.columns["input_ids"], row.encoding.tokens, row.encoding.special_tokens_mask
        pieces = []
        for index, (start, end) in enumerate(row.encoding.offsets):
            if not special[index]:
                subword = self._is_subword(text, names[index], start, end)
                unknown = ids[index] == self.tokenizer.unk_token_id
                word = text[start:end] if unknown else names[index]
                pieces.append(Piece(index, word, start, end, subword and not unknown, scores[index]))
        return pieces

    def _is_subword(self, text: str, name: str, start: int, end: int) -> bool:
        if getattr(self.tokenizer.backend_tokenizer.model, "continuing_subword_prefix", None):
            return len(name) != end - start
        return start > 0 and " " not in text[start - 1 : start + 1]

    def tag(self, index: int) -> str:
        return self._labels[index]

    def answer(self, request: Request, outputs: Sequence[Tagged]) -> Any:
        strategy, ignored = request.parameters["strategy"], request.parameters["ignored"]
        answers = [self.entities(output, strategy, ignored) for output in outputs]
        return answers[0] if request.single else answers

    def entities(
        self, output: Tagged, strategy: str = "simple", ignored: Sequence[str] = ("O",)
    ) -> list[dict[str, Any]]:
        found = aggregate(output.pieces, self._labels, strategy, self.tokenizer.convert_tokens_to_string)
        return [each for each in found if each.get("entity", each.get("entity_group")) not in ignored]


def _ignored(value: Any) -> list[str]:
    if value is None:
        return ["O"]
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return list(value)
    raise InvalidRequestError(
        f'parameters.ignore_labels: expected a list of labels; found {describe(value)}. Leave it out for ["O"].'
    )
