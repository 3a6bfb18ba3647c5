"""A model and its tokenizer from a folder: the exported graph where there is one, else the Auto classes' weights."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from ..environment import Environment
from ..errors import ArchiveError
from .light_tokenizer import LightTokenizer, suffices
from .onnx_model import OnnxModel, exported


def load_encoder(model_dir: Path, auto_class: str, family: str) -> tuple[Any, Any]:
    """As `load_pretrained`; of an exported graph a tokenizer and a model that need neither torch nor transformers."""
    found = exported(model_dir, Environment.read().engine, family)
    if found is None:
        return load_pretrained(model_dir, auto_class)
    model = OnnxModel(model_dir, found)
    if suffices(model_dir):
        columns = [name for name in found.inputs if name != "attention_mask"]
        return model, LightTokenizer(model_dir, columns, found.token_limit)
    return model, _tokenizer(model_dir)


def load_pretrained(model_dir: Path, auto_class: str) -> tuple[Any, Any]:
    """Ready to predict on the best device here. Raises `ArchiveError` where files or weights are missing."""
    model_class = getattr(import_module("transformers.models.auto.modeling_auto"), auto_class)
    try:
        tokenizer = _tokenizer(model_dir)
        model, report = model_class.from_pretrained(str(model_dir), output_loading_info=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ArchiveError(f"expected a model and a tokenizer in {model_dir}; found {error}") from error
    # What is asked of a bare encoder does not go through its pooler, which a masked language model has none of.
    unused = "pooler." if auto_class == "AutoModel" else "\0"
    if missing := sorted(key for key in report["missing_keys"] if not key.startswith(unused)):
        raise ArchiveError(
            f"expected every weight of {type(model).__name__} in {model_dir}; found no {', '.join(missing[:4])}. "
            "A base model must be fine-tuned first: untrained weights would answer at random."
        )
    return _placed(model).eval(), tokenizer


def _placed(model: Any) -> Any:
    """On a GPU in bfloat16 where it multiplies that itself (Ampere and later), which halves memory and time."""
    import torch  # noqa: PLC0415

    if not torch.cuda.is_available():
        # CPUs are slow in half precision, and few kernels exist for it there.
        return model.float()
    ampere = torch.cuda.get_device_capability()[0] >= 8
    return model.to("cuda", torch.bfloat16 if ampere else torch.float32)


def _tokenizer(model_dir: Path) -> Any:
    tokenizer_class = import_module("transformers.models.auto.tokenization_auto").AutoTokenizer
    return tokenizer_class.from_pretrained(str(model_dir))
