"""Token rows through a model, whichever backend runs it, and settings that training packed beside the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from .interfaces import Model, Tokenizer
from .padding import groups, overhead_on, pad
from .tokens import TokenRow

if TYPE_CHECKING:
    import torch

    from .interfaces import FloatArray, Tensor


def tensors(
    rows: Sequence[TokenRow], tokenizer: Tokenizer, device: torch.device | None
) -> dict[str, Tensor]:
    """The rows' columns, each of shape (rows, longest row); for torch, no mask where nothing is padded."""
    left = tokenizer.padding_side == "left"
    fillers = {
        "input_ids": tokenizer.pad_token_id or 0,
        "token_type_ids": tokenizer.pad_token_type_id,
    }
    columns: dict[str, Tensor] = {}
    for name in rows[0].columns:
        values = [row.columns[name] for row in rows]
        columns[name] = pad(values, fillers[name], left, device)
    lengths = [len(row) for row in rows]
    if device is None or len(set(lengths)) > 1:
        mask = [[1] * length for length in lengths]
        columns["attention_mask"] = pad(mask, 0, left, device)
    return columns


def batches(
    rows: Sequence[TokenRow], tokenizer: Tokenizer, model: Model
) -> Iterator[tuple[list[int], dict[str, Tensor]]]:
    """Groups of like length: the indexes of their rows, and their tensors on the model's device."""
    own_filler = getattr(model.config, "pad_token_id", None)
    pads = tokenizer.pad_token_id is not None and own_filler is not None
    lengths = [len(row) for row in rows]
    group_rows = None if pads else 1
    overhead = overhead_on(model.device)
    for group in groups(lengths, group_rows, overhead):
        of_group = [rows[index] for index in group]
        yield group, tensors(of_group, tokenizer, model.device)


def per_text(
    model: Model, tokenizer: Tokenizer, rows: Sequence[TokenRow], output: str
) -> Iterator[tuple[int, FloatArray]]:
    """The index of each row and the model's `output` for it, of shape (values,).

    Groups of like length come one after the other, the longest rows first.
    """
    for group, batch in batches(rows, tokenizer, model):
        answer = _run(model, batch)
        values = _to_array(getattr(answer, output))
        yield from zip(group, values, strict=True)


def per_token(
    model: Model,
    tokenizer: Tokenizer,
    rows: Sequence[TokenRow],
    outputs: Sequence[str],
    positions: Sequence[Sequence[int]] | None = None,
) -> Iterator[tuple[int, list[FloatArray]]]:
    """The index of each row and, for each of `outputs`, an array of shape (tokens, …), padding cut off.

    With `positions`, which are tokens of each row, only these are in the arrays.
    """
    left = tokenizer.padding_side == "left"
    for group, batch in batches(rows, tokenizer, model):
        answer = _run(model, batch)
        values = [getattr(answer, name) for name in outputs]
        if positions is None:
            values = [_to_array(tensor) for tensor in values]
        for place, index in enumerate(group):
            length = len(rows[index])
            own = slice(-length, None) if left else slice(length)
            of_row = [tensor[place][own] for tensor in values]
            if positions is not None:
                # Of many values, a few are taken before they leave the device.
                chosen = list(positions[index])
                of_row = [_to_array(tensor[chosen]) for tensor in of_row]
            yield index, of_row


def _run(model: Model, batch: dict[str, Tensor]) -> object:
    if model.device is None:
        return model(**batch)
    import torch  # noqa: PLC0415

    with torch.inference_mode():
        return model(**batch)


def _to_array(values: torch.Tensor | FloatArray) -> FloatArray:
    if hasattr(values, "cpu"):
        values = cast("torch.Tensor", values).float().cpu().numpy()
    return cast("FloatArray", values)


def task_settings(model: Model, task: str) -> dict[str, object]:
    """`task_specific_params` of the model's config for this task; empty where it has none."""
    settings = getattr(model.config, "task_specific_params", None) or {}
    return dict(settings.get(task) or {})
