"""A model and its tokenizer from a folder: the exported graph where there is one, else the Auto classes' weights."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..model.environment import Environment
from ..protocols.errors import ArchiveError
from .interfaces import Model, Tokenizer, TorchModel, TransformersTokenizer
from .light_tokenizer import LightTokenizer, suffices
from .onnx_model import OnnxModel, find_graph

if TYPE_CHECKING:
    import torch

SHOWN_WEIGHTS = 4
AMPERE = 8
"""The compute capability from which on GPUs multiply bfloat16 themselves."""


def load_encoder(model_dir: Path, auto_class: str, family: str) -> tuple[Model, Tokenizer]:
    """As `load_pretrained`; of an exported graph a tokenizer and a model that need neither torch nor transformers."""
    manifest = find_graph(model_dir, Environment.read().backend, family)
    if manifest is None:
        return load_pretrained(model_dir, auto_class)
    model = OnnxModel(model_dir, manifest)
    if not suffices(model_dir):
        return model, _load_tokenizer(model_dir)
    columns = [name for name in manifest.inputs if name != "attention_mask"]
    return model, LightTokenizer(model_dir, columns, manifest.token_limit)


def load_pretrained(model_dir: Path, auto_class: str) -> tuple[TorchModel, TransformersTokenizer]:
    """Ready to predict on the best device here. Raises `ArchiveError` where files or weights are missing."""
    model_class = getattr(import_module("transformers.models.auto.modeling_auto"), auto_class)
    try:
        tokenizer = _load_tokenizer(model_dir)
        model, report = model_class.from_pretrained(str(model_dir), output_loading_info=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ArchiveError(
            f"expected a model and a tokenizer in {model_dir}; found {error}"
        ) from error
    # A bare encoder answers without its pooler, which a masked language model does not have.
    unused = "pooler." if auto_class == "AutoModel" else "\0"
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(unused))
    if missing:
        raise ArchiveError(
            f"expected every weight of {type(model).__name__} in {model_dir}; "
            f"found no {', '.join(missing[:SHOWN_WEIGHTS])}. "
            "A base model must be fine-tuned first: untrained weights would answer at random."
        )
    _place(model).eval()
    return model, tokenizer


def _place(model: torch.nn.Module) -> torch.nn.Module:
    """Moves the model to a GPU, in bfloat16 where it multiplies that itself, which halves memory and time."""
    import torch  # noqa: PLC0415

    if not torch.cuda.is_available():
        # CPUs are slow in half precision, and few kernels exist for it there.
        return model.float()
    ampere = torch.cuda.get_device_capability()[0] >= AMPERE
    return model.to("cuda", torch.bfloat16 if ampere else torch.float32)


def _load_tokenizer(model_dir: Path) -> TransformersTokenizer:
    tokenizer_class = import_module("transformers.models.auto.tokenization_auto").AutoTokenizer
    return cast(TransformersTokenizer, tokenizer_class.from_pretrained(str(model_dir)))
