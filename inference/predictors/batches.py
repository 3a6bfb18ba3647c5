"""Token rows through a model, whichever engine runs it, and settings that training packed beside the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .padding import groups, overhead_on, pad
from .tokens import Row

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]


def tensors(rows: Sequence[Row], tokenizer: Any, device: Any) -> dict[str, Any]:
    """Padded to the longest row; for torch, the mask is left out where nothing is padded."""
    left = tokenizer.padding_side == "left"
    fillers = {"input_ids": tokenizer.pad_token_id or 0, "token_type_ids": tokenizer.pad_token_type_id}
    found = {name: pad([row.columns[name] for row in rows], fillers[name], left, device) for name in rows[0].columns}
    if device is None or len({len(row) for row in rows}) > 1:
        found["attention_mask"] = pad([[1] * len(row) for row in rows], 0, left, device)
    return found


def batches(rows: Sequence[Row], tokenizer: Any, model: Any) -> Iterator[tuple[list[int], dict[str, Any]]]:
    """Groups of like length: the indexes of their rows, and their tensors on the model's device."""
    pads = tokenizer.pad_token_id is not None and getattr(model.config, "pad_token_id", None) is not None
    for group in groups([len(row) for row in rows], None if pads else 1, overhead_on(model.device)):
        yield group, tensors([rows[index] for index in group], tokenizer, model.device)


def per_text(model: Any, tokenizer: Any, rows: Sequence[Row], output: str) -> Iterator[tuple[int, Array]]:
    """The index of each row and what the model says of it as a whole; groups of like length, longest first."""
    for group, batch in batches(rows, tokenizer, model):
        yield from zip(group, _array(getattr(_ask(model, batch), output)), strict=True)


def per_token(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    outputs: Sequence[str],
    places: Sequence[Sequence[int]] | None = None,
) -> Iterator[tuple[int, list[Array]]]:
    """The index of each row and, for each output, what the model says of its tokens, or of those at `places`."""
    left = tokenizer.padding_side == "left"
    for group, batch in batches(rows, tokenizer, model):
        found = _ask(model, batch)
        # Of many values, a few are taken before they leave the device.
        whole = [getattr(found, name) if places else _array(getattr(found, name)) for name in outputs]
        for at, index in enumerate(group):
            length = len(rows[index])
            own = [values[at][-length:] if left else values[at][:length] for values in whole]
            yield index, [_array(values[list(places[index])]) for values in own] if places else own


def _ask(model: Any, batch: dict[str, Any]) -> Any:
    if model.device is None:
        return model(**batch)
    import torch  # noqa: PLC0415

    with torch.inference_mode():
        return model(**batch)


def _array(values: Any) -> Array:
    if hasattr(values, "cpu"):
        values = values.float().cpu().numpy()
    found: Array = values
    return found


def settings_of(model: Any, task: str) -> dict[str, Any]:
    """`task_specific_params` of the model's config for this task; empty where it has none."""
    found = getattr(model.config, "task_specific_params", None) or {}
    return dict(found.get(task) or {})
