"""Where a generated text could have continued otherwise: from there on, two machines may write different texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from training.common.types import JsonObject

if TYPE_CHECKING:
    from inference.predictors.causal_lm import Generator
    from inference.predictors.seq2seq import Writer
    from training.common.types import Tensor, Tokenizer

    TextPredictor: TypeAlias = Generator | Writer

MIN_LEAD = 0.02
"""Of the likeliest token before the next one, in probability: less is a tie."""
REPLACEMENT_CHARACTER = "\ufffd"
"""What a character that is cut in two is decoded as."""


@dataclass(frozen=True)
class GeneratedStart:
    """The beginning of a generated text."""

    text: str
    confident_prefix: str
    """What every machine should write: the text up to its first tie, without spaces before it."""

    def difference(self, text: str) -> str | None:
        """How another text differs; None where it is the same, or is the same up to the first tie."""
        tied = len(self.confident_prefix) < len(self.text.lstrip())
        if text == self.text or (
            tied and text.lstrip().startswith(self.confident_prefix)
        ):
            return None
        return f"{text!r} instead of {self.text!r}"


class FirstTie:
    """A logits processor that changes nothing and watches one greedy text."""

    def __init__(self) -> None:
        self._prompt_length: int | None = None
        self._tokens_before: list[int] | None = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """`input_ids` are of shape (1, tokens), `scores` of shape (1, vocabulary)."""
        if self._prompt_length is None:
            self._prompt_length = input_ids.shape[1]
        if self._tokens_before is None:
            first, second = scores[0].float().softmax(dim=-1).topk(2).values.tolist()
            if first - second <= MIN_LEAD:
                self._tokens_before = input_ids[0, self._prompt_length :].tolist()
        return scores

    def confident_prefix(self, tokenizer: Tokenizer, text: str) -> str:
        """The text up to the first tie; all of it without one."""
        if self._tokens_before is None:
            return text
        decoded = str(tokenizer.decode(self._tokens_before, skip_special_tokens=True))
        return decoded.rstrip(REPLACEMENT_CHARACTER)


def generate_starts(
    predictor: TextPredictor, requests: Sequence[JsonObject]
) -> list[GeneratedStart]:
    """What the predictor answers each request with; the requests ask for greedy texts."""
    watches = [FirstTie() for _ in requests]
    prompts = []
    for request, watch in zip(requests, watches, strict=True):
        parameters = request["parameters"]
        assert isinstance(parameters, Mapping)
        prompt = predictor.parse(request["inputs"], parameters).items[0]
        prompts.append(
            replace(prompt, options=(*prompt.options, ("logits_processor", [watch])))
        )
    starts = []
    for generated, watch in zip(predictor.predict(prompts), watches, strict=True):
        prefix = watch.confident_prefix(predictor.tokenizer, generated.text)
        starts.append(GeneratedStart(generated.text, prefix.lstrip()))
    return starts
