"""Summarization, translation and text-to-text generation as their pipelines answered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .base import Request
from .batches import settings_of, tensors
from .checks import one_or_many, text_of
from .generation import Generated, Prompt, arguments_of, options_of, together, with_seed
from .models import load_pretrained
from .tokens import Text, Tokens, token_limit

KEYS = {"summarization": "summary_text", "translation": "translation_text"}
"""The field of an answer, by task; `generated_text` for all others."""


def load(model_dir: Path, task: str = "text2text-generation") -> Writer:
    return Writer(*load_pretrained(model_dir, "AutoModelForSeq2SeqLM"), task=task)


class Writer:
    """Calling it answers one request; `predict` takes the texts of many."""

    def __init__(self, model: Any, tokenizer: Any, task: str) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.task = task
        settings = settings_of(model, task)
        self._prefix = str(settings.get("prefix", ""))
        self.defaults = {
            "max_new_tokens": int(settings.get("max_target_length", 128)),
            "num_beams": int(settings.get("num_beams", 1)),
        }
        self._tokens = Tokens(tokenizer, reading_limit(tokenizer, model))

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        options = options_of(parameters, self.defaults)
        given, single = one_or_many(inputs)
        return Request([Prompt(text_of(*each), options) for each in given], single)

    def predict(self, items: Sequence[Prompt]) -> list[Generated]:
        import torch  # noqa: PLC0415

        rows = self._tokens.rows([Text(self._prefix + item.text) for item in items])
        found: dict[int, Generated] = {}
        with torch.inference_mode():
            for group in together(items, [len(row) for row in rows]):
                options, seed = arguments_of(items[group[0]].options)
                batch = tensors([rows[index] for index in group], self.tokenizer, self.model.device)
                batch.pop("token_type_ids", None)
                generated = with_seed(seed, partial(self.model.generate, **batch, **options))
                texts = self.tokenizer.batch_decode(generated, skip_special_tokens=True)
                for index, text in zip(group, texts, strict=True):
                    found[index] = Generated(text.strip(), rows[index].truncated)
        return [found[index] for index in range(len(items))]

    def answer(self, request: Request, outputs: Sequence[Generated]) -> Any:
        key = KEYS.get(self.task, "generated_text")
        return [{key: output.text} for output in outputs]


def reading_limit(tokenizer: Any, model: Any) -> int | None:
    """Of an encoder and a decoder, the encoder's limit is that of the input."""
    encoder = getattr(model, "encoder", None)
    return token_limit(tokenizer, encoder if encoder is not None and hasattr(encoder, "config") else model)
