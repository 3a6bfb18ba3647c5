"""Fill-mask as the `fill-mask` pipeline answers it: the likeliest tokens in the place of each mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from ..protocols.errors import ArchiveError, InvalidRequestError, describe
from ..protocols.messages import Json
from .base import EncoderPredictor, Request
from .batches import per_token
from .checks import known_only, one_or_many, text_of, whole_number
from .interfaces import Model, Tokenizer
from .models import load_encoder
from .scores import require_finite, softmax
from .tokens import Text

if TYPE_CHECKING:
    from .interfaces import FloatArray

PARAMETERS = ("top_k", "targets")
ANY_MASK = "<mask>"
"""Every model reads it as its mask, whatever its tokenizer calls that."""
DEFAULT_TOP_K = 5


@dataclass(frozen=True)
class MaskScores:
    """A text's tokens and, for each mask among them, its position and the score of every token of the vocabulary."""

    ids: list[int]
    masks: list[tuple[int, FloatArray]]
    truncated: bool


class Filling(TypedDict):
    """One token in the place of one mask, and the text with it."""

    score: float
    token: int
    token_str: str
    sequence: str


OneOrMore: TypeAlias = list[Filling] | list[list[Filling]]
"""The fillings of a text's one mask, or a list of them for each of its masks."""


@dataclass(frozen=True)
class Parameters:
    top_k: int
    targets: list[int] | None
    """The token ids to choose from; None is the whole vocabulary."""


def load(model_dir: Path) -> MaskFiller:
    return MaskFiller(*load_encoder(model_dir, "AutoModelForMaskedLM", "masked_lm"))


class MaskFiller(EncoderPredictor[Text, MaskScores, Parameters]):
    task = "fill-mask"

    def __init__(self, model: Model, tokenizer: Tokenizer) -> None:
        if tokenizer.mask_token_id is None or tokenizer.mask_token is None:
            raise ArchiveError(
                f"expected a tokenizer with a mask token; {type(tokenizer).__name__} has none. "
                "Set mask_token in tokenizer_config.json, or HF_TASK to another task."
            )
        super().__init__(model, tokenizer)
        self._mask, self._mask_id = tokenizer.mask_token, tokenizer.mask_token_id

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Text, Parameters]:
        """As in the pipeline, one text is answered by itself even where it comes in a list."""
        known_only(parameters, PARAMETERS)
        top_k = whole_number(parameters, "top_k", DEFAULT_TOP_K)
        checked = Parameters(top_k, self._targets(parameters.get("targets")))
        items, _ = one_or_many(inputs)
        texts = [self._text(value, field) for value, field in items]
        return Request(texts, len(texts) == 1, checked)

    def _text(self, value: Json, field: str) -> Text:
        text = text_of(value, field).replace(ANY_MASK, self._mask)
        if self._mask not in text:
            raise InvalidRequestError(
                f"{field}: expected a text with {self._mask} in it; found {describe(text)}. "
                f"Write {self._mask} in the place of the word that is sought."
            )
        return Text(text)

    def _targets(self, value: Json) -> list[int] | None:
        """The token ids to choose from, as in the pipeline: of a word of several tokens the first."""
        if value is None:
            return None
        words = _target_words(value)
        vocabulary = self.tokenizer.get_vocab()
        ids: list[int] = []
        for word in words:
            if word in vocabulary:
                ids.append(vocabulary[word])
            else:
                pieces = self.tokenizer.encode(word, add_special_tokens=False)
                ids += pieces[:1]
        if not ids:
            raise InvalidRequestError(
                f"parameters.targets: expected words that the model has tokens for; found {describe(words[0])}. "
                "Leave it out."
            )
        return list(dict.fromkeys(ids))

    def predict(self, items: Sequence[Text]) -> list[MaskScores]:
        rows = self._tokens.rows(items)
        tokens = [list(row.columns["input_ids"]) for row in rows]
        masks = [self._mask_positions(ids) for ids in tokens]
        scores: dict[int, FloatArray] = {}
        logits = per_token(self.model, self.tokenizer, rows, ["logits"], masks)
        for index, (of_row,) in logits:
            scores[index] = softmax(require_finite(of_row))
        outputs: list[MaskScores] = []
        for index, row in enumerate(rows):
            pairs = list(zip(masks[index], scores[index], strict=True))
            output = MaskScores(tokens[index], pairs, row.truncated)
            outputs.append(output)
        return outputs

    def _mask_positions(self, ids: Sequence[int]) -> list[int]:
        return [
            position for position, token in enumerate(ids) if token == self._mask_id
        ]

    def answer(
        self, request: Request[Text, Parameters], outputs: Sequence[MaskScores]
    ) -> OneOrMore | list[OneOrMore]:
        answers: list[OneOrMore] = []
        for item, output in zip(request.items, outputs, strict=True):
            answers.append(self._answer(item, output, request.parameters))
        return answers[0] if request.single else answers

    def _answer(
        self, item: Text, output: MaskScores, parameters: Parameters
    ) -> OneOrMore:
        """Raises `InvalidRequestError` where a mask is cut off."""
        expected = item.text.count(self._mask)
        if output.truncated and len(output.masks) < expected:
            raise InvalidRequestError(
                "inputs: expected every mask within what the model reads; found one beyond. Send a shorter text."
            )
        answers: list[list[Filling]] = []
        for position, scores in output.masks:
            fillings = self._fillings(output, position, scores, parameters)
            answers.append(fillings)
        return answers[0] if len(answers) == 1 else answers

    def _fillings(
        self,
        output: MaskScores,
        position: int,
        scores: FloatArray,
        parameters: Parameters,
    ) -> list[Filling]:
        """The likeliest tokens of one mask, best first; `scores` is of shape (vocabulary,)."""
        import numpy as np  # noqa: PLC0415

        choices = np.arange(len(scores))
        if parameters.targets:
            choices = np.array(parameters.targets)
        order = np.argsort(-scores[choices], kind="stable")
        fillings: list[Filling] = []
        for number in order[: parameters.top_k]:
            token = int(choices[number])
            score = float(scores[token])
            fillings.append(self._filling(output, position, token, score))
        return fillings

    def _filling(
        self, output: MaskScores, position: int, token: int, score: float
    ) -> Filling:
        decode = self.tokenizer.decode
        filler = self.tokenizer.pad_token_id
        ids = output.ids.copy()
        ids[position] = token
        text_ids = [number for number in ids if number != filler]
        # Other masks are shown as they are.
        skip = len(output.masks) == 1
        return {
            "score": score,
            "token": token,
            "token_str": decode([token]),
            "sequence": decode(text_ids, skip_special_tokens=skip),
        }


def _target_words(value: Json) -> list[str]:
    """A word, or a list of words. Raises `InvalidRequestError`."""
    values = [value] if isinstance(value, str) else value
    words: list[str] = []
    if isinstance(values, list):
        words = [word for word in values if isinstance(word, str) and word]
    if not words or words != values:
        raise InvalidRequestError(
            f"parameters.targets: expected a word or a list of words; found {describe(value)}. Leave it out."
        )
    return words
