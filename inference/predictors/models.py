"""A model and its tokenizer from a folder, through the Auto classes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import ArchiveError


def load_pretrained(model_dir: Path, auto_class: str) -> tuple[Any, Any]:
    """Ready to predict on the best device here. Raises `ArchiveError` where files or weights are missing."""
    import torch  # noqa: PLC0415

    model_class = getattr(import_module("transformers.models.auto.modeling_auto"), auto_class)
    tokenizer_class = import_module("transformers.models.auto.tokenization_auto").AutoTokenizer
    try:
        tokenizer = tokenizer_class.from_pretrained(str(model_dir))
        model, report = model_class.from_pretrained(str(model_dir), output_loading_info=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ArchiveError(f"expected a model and a tokenizer in {model_dir}; found {error}") from error
    if missing := sorted(report["missing_keys"]):
        raise ArchiveError(
            f"expected every weight of {type(model).__name__} in {model_dir}; found no {', '.join(missing[:4])}. "
            "A base model must be fine-tuned first: untrained weights would answer at random."
        )
    # CPUs are slow in half precision, and few kernels exist for it there.
    return (model.to("cuda") if torch.cuda.is_available() else model.float()).eval(), tokenizer
