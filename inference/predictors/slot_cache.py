"""The key-value cache of sequences that are decoded together: a slot a sequence, each with a length of its own.

slot 0   t t t t t t . .      Sequences come and go between two steps. Slots in use are always the first ones, so
slot 1   t t t . . . . .      that a step reads a view of the buffers and copies nothing. A slot's tokens begin at 0;
slot 2   t t t t t . . .      what lies beyond its length is masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

if TYPE_CHECKING:
    from .interfaces import GenerativeModel

ROWS_STEP, WIDTH_STEP = 4, 64
"""Buffers have multiples of so many slots and positions."""


@dataclass
class Pass:
    """Where a pass through the model writes: a whole prompt into one slot, or a token into each of the first slots."""

    prompt_slot: int | None = None
    positions: torch.Tensor | None = None
    """Of shape (slots,): the position of each slot's token."""
    width: int = 0
    """The positions that the pass reads."""


class SlotLayer(CacheLayerMixin):  # type: ignore[misc]
    """Keys and values of one layer, each of shape (slots, heads, positions, dimensions)."""

    def __init__(self, current: Pass, rows: int, width: int) -> None:
        super().__init__()
        self._current = current
        self._rows, self._width = rows, width

    def lazy_initialization(
        self, key_states: torch.Tensor, value_states: torch.Tensor
    ) -> None:
        self.keys = self._buffer(key_states, self._rows, self._width)
        self.values = self._buffer(value_states, self._rows, self._width)
        self.is_initialized = True

    def _buffer(self, like: torch.Tensor, rows: int, width: int) -> torch.Tensor:
        return like.new_zeros((rows, like.shape[1], width, like.shape[3]))

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *_: object,
        **__: object,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores the states; the keys and values that the pass attends to."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        current = self._current
        if current.prompt_slot is not None:
            length = key_states.shape[2]
            self.keys[current.prompt_slot, :, :length] = key_states[0]
            self.values[current.prompt_slot, :, :length] = value_states[0]
            return key_states, value_states
        positions = cast(torch.Tensor, current.positions)
        rows = torch.arange(len(positions), device=positions.device)
        self.keys[rows, :, positions] = key_states[:, :, 0]
        self.values[rows, :, positions] = value_states[:, :, 0]
        count = len(positions)
        return (
            self.keys[:count, :, : current.width],
            self.values[:count, :, : current.width],
        )

    def resize(self, rows: int, width: int) -> None:
        self._rows, self._width = rows, width
        if not self.is_initialized:
            return
        for name in ("keys", "values"):
            old = getattr(self, name)
            new = self._buffer(old, rows, width)
            kept_rows, kept_width = min(rows, old.shape[0]), min(width, old.shape[2])
            new[:kept_rows, :, :kept_width] = old[:kept_rows, :, :kept_width]
            setattr(self, name, new)

    def move(self, source: int, target: int, length: int) -> None:
        if self.is_initialized:
            self.keys[target, :, :length] = self.keys[source, :, :length]
            self.values[target, :, :length] = self.values[source, :, :length]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        is_prompt = self._current.prompt_slot is not None
        return (query_length if is_prompt else self._current.width), 0

    def get_seq_length(self) -> int:
        return 0 if self._current.prompt_slot is not None else self._current.width - 1

    def get_max_length(self) -> int:
        return -1

    get_max_cache_shape = get_max_length
    """The method's name in earlier versions of transformers."""


class SlotCache(Cache):  # type: ignore[misc]
    """Before each pass, `write_prompt` or `write_tokens` says where it writes."""

    def __init__(self, model: GenerativeModel, layers: int) -> None:
        self._current = Pass()
        self._device = model.device
        self.rows, self.width = ROWS_STEP, WIDTH_STEP
        slots = [SlotLayer(self._current, self.rows, self.width) for _ in range(layers)]
        super().__init__(layers=slots)

    def write_prompt(self, slot: int, length: int) -> None:
        self._reserve(slot + 1, length)
        self._current.prompt_slot, self._current.positions = slot, None
        self._current.width = length

    def write_tokens(self, positions: torch.Tensor, width: int) -> None:
        self._reserve(len(positions), width)
        self._current.prompt_slot, self._current.positions = None, positions
        self._current.width = width

    def move(self, source: int, target: int, length: int) -> None:
        """Copies a slot's tokens into another slot."""
        for layer in self.layers:
            layer.move(source, target, length)

    def release(self) -> None:
        """Gives the memory back where nothing is stored."""
        self.rows, self.width = ROWS_STEP, WIDTH_STEP
        for layer in self.layers:
            layer.is_initialized = False
            layer.keys = layer.values = None
            layer.resize(self.rows, self.width)

    def fit(self, rows: int, width: int) -> None:
        """Makes the buffers as large as so many sequences need, the longest of which will have `width` tokens.

        What is much too wide becomes narrower: nobody needs what lies beyond.
        """
        kept_width = self.width if self.width < 2 * width else width
        self._resize(max(rows, self.rows), max(width, kept_width))

    def _reserve(self, rows: int, width: int) -> None:
        self._resize(max(rows, self.rows), max(width, self.width))

    def _resize(self, rows: int, width: int) -> None:
        rows = -(-rows // ROWS_STEP) * ROWS_STEP
        width = -(-width // WIDTH_STEP) * WIDTH_STEP
        if (rows, width) == (self.rows, self.width):
            return
        self.rows, self.width = rows, width
        for layer in self.layers:
            layer.resize(rows, width)
