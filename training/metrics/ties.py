"""Where a generated text could have gone on otherwise: there two machines may part ways."""

from __future__ import annotations

from typing import Any

LEAD = 0.02
"""Of the likeliest token before the next, in probability: less is a draw."""


class FirstDraw:
    """A logits processor that changes nothing and watches one greedy text."""

    def __init__(self) -> None:
        self._start: int | None = None
        self._before: list[int] | None = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        if self._start is None:
            self._start = input_ids.shape[1]
        if self._before is None:
            first, second = scores[0].float().softmax(dim=-1).topk(2).values.tolist()
            if first - second <= LEAD:
                self._before = input_ids[0, self._start :].tolist()
        return scores

    def sure(self, tokenizer: Any, text: str) -> str:
        """The beginning of the text that every machine should write; all of it where there was no draw."""
        if self._before is None:
            return text
        # A character that is cut in two is decoded as the replacement character.
        return str(tokenizer.decode(self._before, skip_special_tokens=True)).rstrip("\ufffd")


def begun(predictor: Any, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the predictor answers each request with: `start`, and `sure`, its part before the first draw."""
    watches = [FirstDraw() for _ in requests]
    parsed = [predictor.parse(each["inputs"], each["parameters"]).items[0] for each in requests]
    prompts = [
        type(item)(item.text, (*item.options, ("logits_processor", [watch])))
        for item, watch in zip(parsed, watches, strict=True)
    ]
    pairs = zip(predictor.predict(prompts), watches, strict=True)
    return [{"start": each.text, "sure": watch.sure(predictor.tokenizer, each.text).lstrip()} for each, watch in pairs]


def text_differs(text: str, prediction: dict[str, Any]) -> str | None:
    """A sentence where a text is neither the expected one nor parts from it at a draw."""
    sure, start = prediction["sure"], prediction["start"]
    drawn = len(sure) < len(start.lstrip()) and text.lstrip().startswith(sure)
    return None if text == start or drawn else f"{text!r} instead of {start!r}"
