"""Summarization, translation and text-to-text generation as their pipelines answered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tasks.sequences import GENERATION, LENGTHS, WRITING

from . import plain
from .base import Request
from .batches import settings_of, tensors
from .checks import flag, one_or_many, only_true, text_of
from .generation import Generated, Options, Prompt, arguments_of, options_of, together, with_seed
from .models import load_pretrained
from .tokens import Row, Text, Tokens, token_limit

KEYS = {"summarization": "summary_text", "translation": "translation_text"}
"""The field of an answer, by task; `generated_text` for all others."""

PIPELINE = {"max_new_tokens": 256, "num_beams": 4}
"""What the pipelines asked of a model that says nothing else."""

MORE = tuple(WRITING)


def load(model_dir: Path, task: str = "text2text-generation") -> Writer:
    return Writer(*load_pretrained(model_dir, "AutoModelForSeq2SeqLM"), task=task)


class Writer:
    """Calling it answers one request; `predict` takes the texts of many.

    The task may name languages, as `translation_en_to_de`: a model's settings may differ by them.
    """

    def __init__(self, model: Any, tokenizer: Any, task: str) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.task = plain(task)
        settings = settings_of(model, task) or settings_of(model, self.task)
        self._prefix = str(settings.get("prefix", getattr(model.config, "prefix", None) or ""))
        self.defaults = defaults_of(model, settings)
        self._tokens = Tokens(tokenizer, reading_limit(tokenizer, model))
        self._room = decoder_limit(model)

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        options, clean = checked(parameters, self._defaults(parameters))
        given, single = one_or_many(inputs)
        items = [Prompt(text_of(*each), (*options, ("clean", True)) if clean else options) for each in given]
        return Request(items, single)

    def _defaults(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Without the default of a length that the request gives under its other name."""
        other = {"max_new_tokens": "max_length", "min_new_tokens": "min_length"}
        other |= {there: here for here, there in other.items()}
        return {name: value for name, value in self.defaults.items() if parameters.get(other.get(name, name)) is None}

    def predict(self, items: Sequence[Prompt]) -> list[Generated]:
        import torch  # noqa: PLC0415

        rows = self._tokens.rows([Text(self._prefix + item.text) for item in items])
        found: dict[int, Generated] = {}
        with torch.inference_mode():
            for group in together(items, [len(row) for row in rows]):
                texts = self._write([rows[index] for index in group], items[group[0]].options)
                for index, text in zip(group, texts, strict=True):
                    found[index] = Generated(text, rows[index].truncated)
        return [found[index] for index in range(len(items))]

    def _write(self, rows: Sequence[Row], options: Options) -> list[str]:
        import torch  # noqa: PLC0415

        arguments, seed = arguments_of(options)
        clean = arguments.pop("clean", False)
        for name in ("max_new_tokens", "max_length"):
            if self._room is not None and name in arguments:
                # One position is the token that every text begins with.
                arguments[name] = max(1, min(arguments[name], self._room - 1))
        batch = tensors(rows, self.tokenizer, self.model.device)
        batch.pop("token_type_ids", None)
        # `generate` would else take a pad token that the text itself holds for padding.
        batch.setdefault("attention_mask", torch.ones_like(batch["input_ids"]))
        generated = with_seed(seed, partial(self.model.generate, **batch, **arguments))
        decoded = self.tokenizer.batch_decode(generated, skip_special_tokens=True, clean_up_tokenization_spaces=clean)
        return list(decoded)

    def answer(self, request: Request, outputs: Sequence[Generated]) -> Any:
        key = KEYS.get(self.task, "generated_text")
        return [{key: output.text} for output in outputs]


def checked(parameters: Mapping[str, Any], defaults: Mapping[str, Any]) -> tuple[Options, bool]:
    """What shapes the generation, and whether spaces are cleaned up in the texts. Raises `InvalidRequestError`."""
    options = options_of(parameters, defaults, MORE)
    only_true(parameters, "return_text", "A text is always returned")
    only_true(parameters, "truncation", "Longer texts are always cut at the model's limit")
    return options, flag(parameters, "clean_up_tokenization_spaces", False)


def defaults_of(model: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """As training packed them; of any other model, what the pipelines took from it or added."""
    if "max_target_length" in settings:
        beams = int(settings.get("num_beams", 1))
        return {"max_new_tokens": int(settings["max_target_length"]), "num_beams": beams}
    own = model.generation_config.to_diff_dict()
    own = {name: value for name, value in own.items() if name in GENERATION or name in LENGTHS}
    added = {name: value for name, value in PIPELINE.items() if name != "max_new_tokens" or "max_length" not in own}
    packed = {name: value for name, value in settings.items() if name in GENERATION or name in LENGTHS}
    return added | own | packed


def reading_limit(tokenizer: Any, model: Any) -> int | None:
    """Of an encoder and a decoder, the encoder's limit is that of the input."""
    encoder = getattr(model, "encoder", None)
    return token_limit(tokenizer, encoder if encoder is not None and hasattr(encoder, "config") else model)


def decoder_limit(model: Any) -> int | None:
    """Positions of the decoder; T5's, which are relative, have no end."""
    decoder = getattr(model, "decoder", None)
    config = getattr(decoder, "config", None) or model.config
    found = getattr(config, "max_position_embeddings", None)
    return found if isinstance(found, int) and found > 0 else None
