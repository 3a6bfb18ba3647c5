"""Summarization, translation and text-to-text generation as their pipelines answered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from tasks import find_task
from tasks.sequences import GENERATION, LENGTHS, WRITING

from ..protocols.messages import Json
from . import plain
from .base import Predictor, Request
from .batches import task_settings, tensors
from .checks import flag, only_true, texts_of
from .generation import (
    GeneratedText,
    Options,
    Prompt,
    generate_arguments,
    generation_options,
    groups_of_equal_options,
    run_with_seed,
)
from .interfaces import GenerativeModel, Model, Tokenizer, TransformersTokenizer
from .models import load_pretrained
from .tokens import Text, TokenRow, Tokens, token_limit

PIPELINE_DEFAULTS = {"max_new_tokens": 256, "num_beams": 4}
"""What the pipelines asked of a model that says nothing else."""
MORE = tuple(WRITING)
"""Parameters besides those of every task that generates."""
SAME_LENGTH = {
    "max_new_tokens": "max_length",
    "max_length": "max_new_tokens",
    "min_new_tokens": "min_length",
    "min_length": "min_new_tokens",
}
"""The other name of each length: with and without the start token."""
CLEAN_UP = "clean"
"""The option that cleans up spaces in the texts."""


@dataclass(frozen=True)
class Parameters:
    """None: all of a request's parameters shape the generation, and are options of its prompts."""


def load(model_dir: Path, task: str = "text2text-generation") -> Writer:
    model, tokenizer = load_pretrained(model_dir, "AutoModelForSeq2SeqLM")
    return Writer(cast(GenerativeModel, model), tokenizer, task)


class Writer(Predictor[Prompt, GeneratedText, Parameters]):
    """The task may name languages, as `translation_en_to_de`: a model's settings may differ by them."""

    def __init__(
        self, model: GenerativeModel, tokenizer: TransformersTokenizer, task: str
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.task = plain(task)
        self._answer_field = find_task(self.task).answer_field
        settings = task_settings(model, task) or task_settings(model, self.task)
        self._prefix = str(
            settings.get("prefix", getattr(model.config, "prefix", None) or "")
        )
        self.defaults = default_options(model, settings)
        self._tokens = Tokens(tokenizer, reading_limit(tokenizer, model))
        self._decoder_limit = decoder_limit(model)

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Prompt, Parameters]:
        defaults = self._defaults_beside(parameters)
        options = check_parameters(parameters, defaults)
        texts, single = texts_of(inputs)
        prompts = [Prompt(text, options) for text in texts]
        return Request(prompts, single, Parameters())

    def _defaults_beside(self, parameters: Mapping[str, Json]) -> dict[str, object]:
        """The defaults, but for a length that the request has under its other name."""
        defaults: dict[str, object] = {}
        for name, value in self.defaults.items():
            other = SAME_LENGTH.get(name, name)
            if parameters.get(other) is None:
                defaults[name] = value
        return defaults

    def predict(self, items: Sequence[Prompt]) -> list[GeneratedText]:
        import torch  # noqa: PLC0415

        sources = [Text(f"{self._prefix}{item.text}") for item in items]
        rows = self._tokens.rows(sources)
        lengths = [len(row) for row in rows]
        outputs: dict[int, GeneratedText] = {}
        with torch.inference_mode():
            for group in groups_of_equal_options(items, lengths):
                of_group = [rows[index] for index in group]
                options = items[group[0]].options
                texts = self._write(of_group, options)
                for index, text in zip(group, texts, strict=True):
                    outputs[index] = GeneratedText(text, rows[index].truncated)
        return [outputs[index] for index in range(len(items))]

    def _write(self, rows: Sequence[TokenRow], options: Options) -> list[str]:
        """The text of each row."""
        import torch  # noqa: PLC0415

        arguments, seed = generate_arguments(options)
        clean = bool(arguments.pop(CLEAN_UP, False))
        self._limit_lengths(arguments)
        batch = tensors(rows, self.tokenizer, self.model.device)
        batch.pop("token_type_ids", None)
        if "attention_mask" not in batch:
            # `generate` would else take a pad token that the text itself holds for padding.
            input_ids = cast(torch.Tensor, batch["input_ids"])
            batch["attention_mask"] = torch.ones_like(input_ids)
        generate = partial(self.model.generate, **batch, **arguments)
        generated = run_with_seed(seed, generate)
        return list(
            self.tokenizer.batch_decode(
                generated, skip_special_tokens=True, clean_up_tokenization_spaces=clean
            )
        )

    def _limit_lengths(self, arguments: dict[str, object]) -> None:
        """No text may be longer than the decoder has positions for, one of which is the start token's."""
        if self._decoder_limit is None:
            return
        most = self._decoder_limit - 1
        for name in ("max_new_tokens", "max_length"):
            if name in arguments:
                length = cast(int, arguments[name])
                arguments[name] = max(1, min(length, most))

    def answer(
        self, request: Request[Prompt, Parameters], outputs: Sequence[GeneratedText]
    ) -> list[dict[str, str]]:
        """A list also for one input, as the pipelines answer."""
        return [{self._answer_field: output.text} for output in outputs]


def check_parameters(
    parameters: Mapping[str, Json], defaults: Mapping[str, object]
) -> Options:
    """The options of the prompts. Raises `InvalidRequestError`."""
    options = generation_options(parameters, defaults, MORE)
    only_true(parameters, "return_text", "A text is always returned")
    only_true(
        parameters, "truncation", "Longer texts are always cut at the model's limit"
    )
    if flag(parameters, "clean_up_tokenization_spaces", False):
        return (*options, (CLEAN_UP, True))
    return options


def default_options(
    model: GenerativeModel, settings: Mapping[str, object]
) -> dict[str, object]:
    """As training packed them; of any other model, what the pipelines took from it or added."""
    if "max_target_length" in settings:
        return {
            "max_new_tokens": int(cast(int, settings["max_target_length"])),
            "num_beams": int(cast(int, settings.get("num_beams", 1))),
        }
    own = _generation_only(model.generation_config.to_diff_dict())
    added: dict[str, object] = dict(PIPELINE_DEFAULTS)
    if "max_length" in own:
        del added["max_new_tokens"]
    return added | own | _generation_only(settings)


def _generation_only(options: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value
        for name, value in options.items()
        if name in GENERATION or name in LENGTHS
    }


def reading_limit(tokenizer: Tokenizer, model: Model) -> int | None:
    """Tokens that the input may have: of an encoder and a decoder, the encoder's limit."""
    encoder = getattr(model, "encoder", None)
    if encoder is not None and hasattr(encoder, "config"):
        return token_limit(tokenizer, encoder)
    return token_limit(tokenizer, model)


def decoder_limit(model: Model) -> int | None:
    """Positions of the decoder; None for T5's, which are relative and have no end."""
    decoder = getattr(model, "decoder", None)
    config = getattr(decoder, "config", None) or model.config
    positions = getattr(config, "max_position_embeddings", None)
    return positions if isinstance(positions, int) and positions > 0 else None
