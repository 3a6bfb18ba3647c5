"""Fill-mask as the `fill-mask` pipeline answers it: the likeliest tokens in the place of each mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ArchiveError, InvalidRequestError
from .base import Request, describe
from .batches import per_token
from .checks import known_only, one_or_many, text_of, whole_number
from .models import load_encoder
from .scores import softmax, sound
from .tokens import Text, Tokens, token_limit

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]

PARAMETERS = ("top_k", "targets")
ANY_MASK = "<mask>"


@dataclass(frozen=True)
class Filled:
    """A text's tokens and, for each mask among them, its place and the score of every token."""

    ids: list[int]
    masks: list[tuple[int, Array]]
    truncated: bool


def load(model_dir: Path) -> MaskFiller:
    return MaskFiller(*load_encoder(model_dir, "AutoModelForMaskedLM", "masked_lm"))


class MaskFiller:
    """Calling it answers one request; `predict` takes the texts of many."""

    task = "fill-mask"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        if tokenizer.mask_token_id is None:
            raise ArchiveError(
                f"expected a tokenizer with a mask token; {type(tokenizer).__name__} has none. "
                "Set mask_token in tokenizer_config.json, or HF_TASK to another task."
            )
        self.model = model
        self.tokenizer = tokenizer
        self._tokens = Tokens(tokenizer, token_limit(tokenizer, model))

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        """As in the pipeline, one text is answered by itself even where it comes in a list."""
        known_only(parameters, PARAMETERS)
        checked = {"top_k": whole_number(parameters, "top_k", 5), "targets": self._targets(parameters.get("targets"))}
        given, _ = one_or_many(inputs)
        return Request([self._text(*each) for each in given], len(given) == 1, checked)

    def _text(self, value: Any, field: str) -> Text:
        """`<mask>` is understood by every model, whatever its tokenizer calls its mask."""
        text = text_of(value, field).replace(ANY_MASK, self.tokenizer.mask_token)
        if self.tokenizer.mask_token not in text:
            raise InvalidRequestError(
                f"{field}: expected a text with {self.tokenizer.mask_token} in it; found {describe(text)}. "
                f"Write {self.tokenizer.mask_token} in the place of the word that is sought."
            )
        return Text(text)

    def _targets(self, value: Any) -> list[int] | None:
        """The tokens to choose from; of a word of several tokens, the first, and of none, nothing: as the pipeline."""
        if value is None:
            return None
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
            raise InvalidRequestError(
                f"parameters.targets: expected a word or a list of words; found {describe(value)}. Leave it out."
            )
        vocabulary = self.tokenizer.get_vocab()
        firsts = [
            [vocabulary[word]] if word in vocabulary else self.tokenizer.encode(word, add_special_tokens=False)[:1]
            for word in words
        ]
        ids = list(dict.fromkeys(token for first in firsts for token in first))
        if not ids:
            raise InvalidRequestError(
                f"parameters.targets: expected words that the model has tokens for; found {describe(words[0])}. "
                "Leave it out."
            )
        return ids

    def predict(self, items: Sequence[Text]) -> list[Filled]:
        rows = self._tokens.rows(items)
        tokens = [list(row.columns["input_ids"]) for row in rows]
        masks = [[at for at, token in enumerate(ids) if token == self.tokenizer.mask_token_id] for ids in tokens]
        found = {
            index: list(zip(masks[index], softmax(sound(logits)), strict=True))
            for index, (logits,) in per_token(self.model, self.tokenizer, rows, ["logits"], masks)
        }
        return [Filled(ids, found[index], rows[index].truncated) for index, ids in enumerate(tokens)]

    def answer(self, request: Request, outputs: Sequence[Filled]) -> Any:
        answers = [
            self._answer(item, output, request.parameters) for item, output in zip(request.items, outputs, strict=True)
        ]
        return answers[0] if request.single else answers

    def _answer(self, item: Text, output: Filled, parameters: Mapping[str, Any]) -> Any:
        if output.truncated and len(output.masks) < item.text.count(self.tokenizer.mask_token):
            raise InvalidRequestError(
                "inputs: expected every mask within what the model reads; found one beyond. Send a shorter text."
            )
        lists = [self._best(output.ids, *mask, parameters) for mask in output.masks]
        return lists[0] if len(lists) == 1 else lists

    def _best(self, ids: list[int], place: int, scores: Array, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        import numpy as np  # noqa: PLC0415

        choices = np.array(parameters["targets"]) if parameters["targets"] else np.arange(len(scores))
        best = choices[np.argsort(-scores[choices], kind="stable")[: parameters["top_k"]]]
        alone = sum(token == self.tokenizer.mask_token_id for token in ids) == 1
        found = []
        for token in map(int, best):
            filled = [each for each in [*ids[:place], token, *ids[place + 1 :]] if each != self.tokenizer.pad_token_id]
            found.append(
                {
                    "score": float(scores[token]),
                    "token": token,
                    "token_str": self.tokenizer.decode([token]),
                    "sequence": self.tokenizer.decode(filled, skip_special_tokens=alone),
                }
            )
        return found
