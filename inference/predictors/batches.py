"""Token rows to what a model is called with, and settings that training packed beside the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .padding import groups, pad
from .tokens import Row


def tensors(rows: Sequence[Row], tokenizer: Any, device: Any) -> dict[str, Any]:
    """Padded to the longest row; the mask is left out where nothing is padded."""
    left = tokenizer.padding_side == "left"
    fillers = {"input_ids": tokenizer.pad_token_id or 0, "token_type_ids": tokenizer.pad_token_type_id}
    found = {name: pad([row.columns[name] for row in rows], fillers[name], left, device) for name in rows[0].columns}
    if len({len(row) for row in rows}) > 1:
        found["attention_mask"] = pad([[1] * len(row) for row in rows], 0, left, device)
    return found


def batches(rows: Sequence[Row], tokenizer: Any, model: Any) -> Iterator[tuple[list[int], dict[str, Any]]]:
    """Groups of like length: the indexes of their rows, and their tensors on the model's device."""
    pads = tokenizer.pad_token_id is not None and getattr(model.config, "pad_token_id", None) is not None
    for group in groups([len(row) for row in rows], **({} if pads else {"rows": 1})):
        yield group, tensors([rows[index] for index in group], tokenizer, model.device)


def settings_of(model: Any, task: str) -> dict[str, Any]:
    """`task_specific_params` of the model's config for this task; empty where it has none."""
    found = getattr(model.config, "task_specific_params", None) or {}
    return dict(found.get(task) or {})
