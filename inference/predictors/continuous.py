"""Continuous batching: sequences of many requests are decoded together, each joining and leaving between two steps.

    waiting ---> its prompt in one pass ---> a token of every sequence, one pass a step ---> its end, or its removal

A step costs little more for sixteen sequences than for one, because a CPU reads all weights for it either way. Tokens
are chosen as `generate` chooses them, by transformers' own processors: a greedy text is `generate`'s.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ..model.hardware import memory_bytes
from .generation import GeneratedText, Prompt, generate_arguments
from .text_stream import TextStream

if TYPE_CHECKING:
    import torch

    from .causal_lm import Generator
    from .slot_cache import SlotCache

logger = logging.getLogger(__name__)

MAX_SEQUENCES = 32
"""How many are decoded together; others wait."""
PROMPT_TOKENS = 512
"""Prompts of about so many tokens are read between two steps: the texts in progress wait meanwhile."""
CACHE_MEMORY_SHARE = 0.25
"""Of what sequences may need at their longest; the buffers are at most twice as wide."""
TRIAL_TOKENS = 6
TRIALS = ("Once upon a time", "A", "The answer to that is")
"""Prompts of several lengths: the engine must continue them, together, as `generate` does each alone."""
LENGTH_DEPENDENT_ROPE = ("dynamic", "longrope")
MODES = ("greedy_search", "sample")


@dataclass(eq=False)
class Writing:
    """One sequence: its prompt, how its tokens are chosen, and what is written so far."""

    prompt: list[int]
    truncated: bool
    max_new_tokens: int
    ends: frozenset[int]
    stops: tuple[str, ...]
    processors: Any
    """transformers' `LogitsProcessorList`."""
    sampler: torch.Generator | None
    """The source of random numbers; None where the most likely token is taken."""
    text: TextStream | None
    """Reads the tokens as they come; None where nobody asks before the end."""
    tokens: list[int] = field(default_factory=list)
    finish: str = ""
    """Why it ended, in the words of TGI: `eos_token`, `stop_sequence` or `length`; empty before."""

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.tokens)


@dataclass(frozen=True)
class Progress:
    """A token of a sequence, and the text that became certain with it."""

    writing: Writing
    token: int
    text: str
    is_last: bool


class ContinuousEngine:
    """Belongs to one thread."""

    def __init__(self, generator: Generator) -> None:
        from .slot_cache import SlotCache  # noqa: PLC0415

        self._generator = generator
        self._model = cast(Any, generator.model)
        config = self._model.config.get_text_config()
        self._cache: SlotCache = SlotCache(self._model, config.num_hidden_layers)
        head = getattr(config, "head_dim", None) or (
            config.hidden_size // config.num_attention_heads
        )
        heads = getattr(config, "num_key_value_heads", None)
        heads = heads or config.num_attention_heads
        size = self._model.dtype.itemsize
        cell = 2 * config.num_hidden_layers * heads * head * size
        memory = _memory_bytes(self._model.device)
        self._max_cells = int(CACHE_MEMORY_SHARE * memory) // cell
        self._waiting: deque[Writing] = deque()
        self._active: list[Writing] = []

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._active)

    def prepare(self, item: Prompt, follow: bool = False) -> Writing | None:
        """The sequence of a prompt, with its text as it comes if `follow`; None where only `generate` can write it."""
        import torch  # noqa: PLC0415

        generator = self._generator
        prompt, truncated = generator.prompt_tokens(item)
        options = generator.shortened(item, len(prompt)).options
        arguments, seed = generate_arguments(options)
        stops = cast("tuple[str, ...]", arguments.pop("stop", ()))
        config, _ = self._model._prepare_generation_config(None, **arguments)
        is_plain = config.guidance_scale in (None, 1) and config.max_time is None
        if config.get_generation_mode().value not in MODES or not is_plain:
            return None
        if config.num_return_sequences not in (None, 1):
            return None
        self._model._prepare_special_tokens(config, True, device=self._model.device)
        config.max_length = len(prompt) + config.max_new_tokens
        processors = self._model._get_logits_processor(
            generation_config=config,
            input_ids_seq_length=len(prompt),
            device=self._model.device,
        )
        sampler = None
        if config.do_sample:
            sampler = torch.Generator(self._model.device)
            sampler.seed() if seed is None else sampler.manual_seed(seed)
        ends = config._eos_token_tensor
        text = None
        if follow or stops:
            text = TextStream(generator.tokenizer, prompt, stops)
        return Writing(
            prompt,
            truncated,
            config.max_new_tokens,
            frozenset(ends.tolist() if ends is not None else ()),
            stops,
            processors,
            sampler,
            text,
        )

    def add(self, writing: Writing) -> None:
        self._waiting.append(writing)

    def remove(self, writing: Writing) -> None:
        """Forgets a sequence, wherever it is."""
        import torch  # noqa: PLC0415

        if writing in self._waiting:
            self._waiting.remove(writing)
        elif writing in self._active:
            with torch.inference_mode():
                self._free(writing)

    def clear(self) -> None:
        """Forgets all sequences."""
        self._waiting.clear()
        self._active.clear()
        self._cache.release()

    def step(self) -> list[Progress]:
        """Reads prompts that wait, then writes a token of each sequence; a new one gets two at once."""
        import torch  # noqa: PLC0415

        with torch.inference_mode():
            progress = self._read_prompts()
            if self._active:
                progress += self._write_tokens()
        if not self.busy:
            self._cache.release()
        return progress

    def output(self, writing: Writing) -> GeneratedText:
        """What a sequence that ended has written."""
        text = self._generator.continuation(writing.prompt, writing.tokens)
        for stop in writing.stops:
            text = text.partition(stop)[0]
        return GeneratedText(
            text,
            writing.truncated,
            len(writing.prompt),
            len(writing.tokens),
            writing.finish,
            writing.tokens[-1],
        )

    def _read_prompts(self) -> list[Progress]:
        progress: list[Progress] = []
        tokens = 0
        while self._waiting and tokens < PROMPT_TOKENS and self._has_room():
            writing = self._waiting.popleft()
            tokens += len(writing.prompt)
            progress.append(self._read_prompt(writing))
        return progress

    def _has_room(self) -> bool:
        """Whether the cache may hold the next one too, at its longest. One alone always is let in."""
        count = len(self._active) + 1
        cells = count * self._longest((*self._active, self._waiting[0]))
        return count == 1 or (count <= MAX_SEQUENCES and cells <= self._max_cells)

    def _longest(self, writings: Sequence[Writing]) -> int:
        """How many tokens the longest of them may come to have."""
        return max(len(item.prompt) + item.max_new_tokens for item in writings)

    def _read_prompt(self, writing: Writing) -> Progress:
        import torch  # noqa: PLC0415

        device = self._model.device
        length, slot = len(writing.prompt), len(self._active)
        self._active.append(writing)
        self._cache.fit(slot + 1, self._longest(self._active))
        self._cache.write_prompt(slot, length)
        logits = self._model(
            input_ids=torch.tensor([writing.prompt], device=device),
            position_ids=torch.arange(length, device=device)[None],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        return self._advance([writing], logits)[0]

    def _write_tokens(self) -> list[Progress]:
        import torch  # noqa: PLC0415

        device = self._model.device
        active = list(self._active)
        last = [writing.tokens[-1] for writing in active]
        positions = torch.tensor([w.length - 1 for w in active], device=device)
        width = max(writing.length for writing in active)
        self._cache.write_tokens(positions, width)
        dtype = self._model.dtype
        mask = torch.zeros((len(active), width), dtype=dtype, device=device)
        beyond = torch.arange(width, device=device)[None] > positions[:, None]
        mask.masked_fill_(beyond, torch.finfo(dtype).min)
        logits = self._model(
            input_ids=torch.tensor(last, device=device)[:, None],
            attention_mask=mask[:, None, None],
            position_ids=positions[:, None],
            past_key_values=self._cache,
            use_cache=True,
        ).logits[:, -1]
        return self._advance(active, logits)

    def _advance(
        self, writings: Sequence[Writing], logits: torch.Tensor
    ) -> list[Progress]:
        """Chooses each sequence's token from its row of the logits."""
        logits = logits.float()
        likeliest = logits.argmax(dim=-1).tolist()
        progress: list[Progress] = []
        for row, writing in enumerate(writings):
            token = likeliest[row]
            if writing.processors or writing.sampler is not None:
                token = _choose(writing, logits[row : row + 1])
            writing.tokens.append(token)
            text = writing.text.push(token) if writing.text else ""
            writing.finish = _finish(writing)
            progress.append(Progress(writing, token, text, bool(writing.finish)))
        for writing in writings:
            if writing.finish:
                self._free(writing)
        return progress

    def _free(self, writing: Writing) -> None:
        """The last slot's sequence moves into the one that becomes free."""
        slot = self._active.index(writing)
        last = self._active.pop()
        if last is not writing:
            self._active[slot] = last
            self._cache.move(len(self._active), slot, last.length)


def _memory_bytes(device: torch.device) -> int:
    """The machine's memory, or what is free of a GPU's."""
    import torch  # noqa: PLC0415

    return (
        torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else memory_bytes()
    )


def _choose(writing: Writing, logits: torch.Tensor) -> int:
    """The next token of one sequence, from logits of shape (1, words)."""
    import torch  # noqa: PLC0415

    ids = torch.tensor([writing.prompt + writing.tokens], device=logits.device)
    scores = writing.processors(ids, logits)
    if writing.sampler is None:
        return int(scores.argmax(dim=-1))
    shares = torch.nn.functional.softmax(scores, dim=-1)
    return int(torch.multinomial(shares, 1, generator=writing.sampler))


def _finish(writing: Writing) -> str:
    if writing.tokens[-1] in writing.ends:
        return "eos_token"
    if writing.text is not None and writing.text.stopped:
        return "stop_sequence"
    return "length" if len(writing.tokens) >= writing.max_new_tokens else ""


def engine_for(generator: Generator) -> ContinuousEngine | None:
    """The engine, where it continues a few prompts as `generate` does; None for a model that it cannot hold."""
    if reason := _obstacle(cast(Any, generator.model).config.get_text_config()):
        logger.info("texts are written one batch after the other: %s", reason)
        return None
    options = tuple(sorted(generator.defaults.items()))
    items = [Prompt(text, options) for text in TRIALS]
    limited = []
    for item in items:
        parameters = dict(item.options) | {"max_new_tokens": TRIAL_TOKENS}
        limited.append(Prompt(item.text, tuple(sorted(parameters.items()))))
    try:
        engine = ContinuousEngine(generator)
        texts = _write_all(engine, limited)
    except Exception as error:
        logger.info("texts are written one batch after the other: %r", error)
        return None
    for item, text in zip(limited, texts, strict=True):
        if text != generator.predict([item])[0].text:
            logger.info("texts are written one batch after the other")
            return None
    return engine


def _obstacle(config: Any) -> str:
    """Why sequences of this model cannot be decoded together, where short trials would not show it; else empty."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # noqa: PLC0415

    kinds = {type(layer) for layer in DynamicCache(config=config).layers}
    if others := kinds - {DynamicLayer}:
        names = ", ".join(sorted(kind.__name__ for kind in others))
        return f"its layers keep something else than all keys and values ({names})"
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") in LENGTH_DEPENDENT_ROPE:
        return "its positions depend on the longest text beside it"
    return ""


def _write_all(engine: ContinuousEngine, items: Sequence[Prompt]) -> list[str]:
    """The texts of prompts that come one step after the other."""
    writings: list[Writing] = []
    for item in items:
        writing = engine.prepare(item)
        if writing is None:
            raise ValueError("the model's generation config asks for more than a token")
        engine.add(writing)
        engine.step()
        writings.append(writing)
    while engine.busy:
        engine.step()
    return [engine.output(writing).text for writing in writings]
