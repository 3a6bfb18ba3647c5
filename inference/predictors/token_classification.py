"""Token classification as the `token-classification` pipeline answers it, many requests as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json
from .base import EncoderPredictor, Request, labels_of
from .batches import per_token
from .checks import known_only, one_of, texts_of
from .entities import STRATEGIES, Entity, Piece, aggregate
from .interfaces import Encoding, Model, Tokenizer
from .models import load_encoder
from .scores import require_finite, softmax
from .tokens import Text, require_offsets

if TYPE_CHECKING:
    from .interfaces import FloatArray

PARAMETERS = ("aggregation_strategy", "ignore_labels")
DEFAULT_STRATEGY = "simple"
OUTSIDE = ("O",)


@dataclass(frozen=True)
class TaggedText:
    """What the model says of one text: its pieces without special tokens, and their scores for each label."""

    text: str
    pieces: list[Piece]
    truncated: bool


@dataclass(frozen=True)
class Parameters:
    strategy: str
    """One of `STRATEGIES`."""
    ignored: Sequence[str]
    """Labels whose entities are left out."""


def load(model_dir: Path) -> TokenClassifier:
    return TokenClassifier(
        *load_encoder(
            model_dir, "AutoModelForTokenClassification", "token_classification"
        )
    )


class TokenClassifier(EncoderPredictor[Text, TaggedText, Parameters]):
    task = "token-classification"

    def __init__(self, model: Model, tokenizer: Tokenizer) -> None:
        require_offsets(tokenizer)
        super().__init__(model, tokenizer)
        self._labels = labels_of(model)

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Text, Parameters]:
        known_only(parameters, PARAMETERS)
        strategy = one_of(
            parameters, "aggregation_strategy", STRATEGIES, DEFAULT_STRATEGY
        )
        checked = Parameters(strategy, _ignored(parameters.get("ignore_labels")))
        texts, single = texts_of(inputs)
        items = [Text(text) for text in texts]
        return Request(items, single, checked)

    def predict(self, items: Sequence[Text]) -> list[TaggedText]:
        rows = self._tokens.rows(items)
        logits = dict(per_token(self.model, self.tokenizer, rows, ["logits"]))
        outputs: list[TaggedText] = []
        for index, item in enumerate(items):
            encoding = rows[index].encoding
            assert encoding is not None, "the tokenizer is fast"
            (of_row,) = logits[index]
            scores = softmax(require_finite(of_row))
            pieces = self._pieces(item.text, encoding, scores)
            truncated = rows[index].truncated
            outputs.append(TaggedText(item.text, pieces, truncated))
        return outputs

    def _pieces(self, text: str, encoding: Encoding, scores: FloatArray) -> list[Piece]:
        """The tokens of the text that are not special; `scores` is of shape (tokens, labels)."""
        unknown_id = self.tokenizer.unk_token_id
        ids, tokens = encoding.ids, encoding.tokens
        special = encoding.special_tokens_mask
        pieces: list[Piece] = []
        for index, (start, end) in enumerate(encoding.offsets):
            if special[index]:
                continue
            word = tokens[index]
            subword = self._is_subword(text, word, start, end)
            if ids[index] == unknown_id:
                word = text[start:end]
                subword = False
            piece = Piece(index, word, start, end, subword, scores[index])
            pieces.append(piece)
        return pieces

    def _is_subword(self, text: str, token: str, start: int, end: int) -> bool:
        """Whether the token continues the word of the token before it."""
        model = self.tokenizer.backend_tokenizer.model
        if getattr(model, "continuing_subword_prefix", None):
            return len(token) != end - start
        around = text[start - 1 : start + 1]
        return start > 0 and " " not in around

    def tag(self, index: int) -> str:
        """The label of an output of the model."""
        return self._labels[index]

    def answer(
        self, request: Request[Text, Parameters], outputs: Sequence[TaggedText]
    ) -> list[Entity] | list[list[Entity]]:
        parameters = request.parameters
        answers = [
            self.entities(output, parameters.strategy, parameters.ignored)
            for output in outputs
        ]
        return answers[0] if request.single else answers

    def entities(
        self,
        output: TaggedText,
        strategy: str = DEFAULT_STRATEGY,
        ignored: Sequence[str] = OUTSIDE,
    ) -> list[Entity]:
        """The entities of a text, in order, but for those of the `ignored` labels."""
        join = self.tokenizer.convert_tokens_to_string
        entities: list[Entity] = []
        for entity in aggregate(output.pieces, self._labels, strategy, join):
            label = entity.get("entity", entity.get("entity_group"))
            if label not in ignored:
                entities.append(entity)
        return entities


def _ignored(value: Json) -> Sequence[str]:
    if value is None:
        return OUTSIDE
    names: list[str] = []
    if isinstance(value, list):
        names = [name for name in value if isinstance(name, str)]
    if not isinstance(value, list) or len(names) != len(value):
        raise InvalidRequestError(
            f'parameters.ignore_labels: expected a list of labels; found {describe(value)}. Leave it out for ["O"].'
        )
    return names
