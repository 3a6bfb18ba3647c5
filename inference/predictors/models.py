"""A model and its tokenizer from a folder: the exported graph where there is one, else the Auto classes' weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..model.environment import AUTO, TORCH, Environment
from ..protocols.errors import ArchiveError
from .interfaces import Model, Tokenizer, TorchModel, TransformersTokenizer
from .light_tokenizer import LightTokenizer, suffices
from .onnx_model import OnnxModel, find_graph
from .tokenizer_files import require_vocabulary, restore_segments
from .weight_files import require_whole_weights, weight_files

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig

_prefers_weights: ContextVar[bool] = ContextVar("prefers_weights", default=False)
SHOWN_WEIGHTS = 4
AMPERE = 8
"""The compute capability from which on GPUs multiply bfloat16 themselves."""
SEQUENCE_CLASSIFIER = "AutoModelForSequenceClassification"


def load_encoder(
    model_dir: Path, auto_class: str, family: str
) -> tuple[Model, Tokenizer]:
    """As `load_pretrained`; of an exported graph a tokenizer and a model that need neither torch nor transformers."""
    backend = Environment.read().backend
    if backend == AUTO and _prefers_weights.get() and _has_weights(model_dir):
        backend = TORCH
    manifest = find_graph(model_dir, backend, family)
    if manifest is None:
        return load_pretrained(model_dir, auto_class)
    model = OnnxModel(model_dir, manifest)
    if not suffices(model_dir):
        return model, _load_tokenizer(model_dir)
    columns = [name for name in manifest.inputs if name != "attention_mask"]
    return model, LightTokenizer(model_dir, columns, manifest.token_limit)


@contextmanager
def prefer_weights() -> Iterator[None]:
    """Models loaded meanwhile are weights rather than graphs, unless the environment asks for a graph."""
    token = _prefers_weights.set(True)
    try:
        yield
    finally:
        _prefers_weights.reset(token)


def _has_weights(model_dir: Path) -> bool:
    """Whether there are weights, and torch to run them."""
    return any(weight_files(model_dir)) and find_spec("torch") is not None


def load_pretrained(
    model_dir: Path, auto_class: str
) -> tuple[TorchModel, TransformersTokenizer]:
    """Ready to predict on the best device here. Raises `ArchiveError` where files or weights are missing."""
    model_class = getattr(
        import_module("transformers.models.auto.modeling_auto"), auto_class
    )
    require_whole_weights(model_dir)
    try:
        tokenizer = _load_tokenizer(model_dir)
        dtype = serving_dtype(_load_config(model_dir), auto_class)
        model, report = model_class.from_pretrained(
            str(model_dir), dtype=dtype, output_loading_info=True
        )
        restore_segments(tokenizer, model)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ArchiveError(
            f"expected a model and a tokenizer in {model_dir}; found {error}"
        ) from error
    # A bare encoder answers without its pooler, which a masked language model does not have.
    unused = "pooler." if auto_class == "AutoModel" else "\0"
    missing = sorted(
        key for key in report["missing_keys"] if not key.startswith(unused)
    )
    if missing:
        raise ArchiveError(
            f"expected every weight of {type(model).__name__} in {model_dir}; "
            f"found no {', '.join(missing[:SHOWN_WEIGHTS])}. "
            "A base model must be fine-tuned first: untrained weights would answer at random."
        )
    require_vocabulary(tokenizer, model)
    model.to(_device()).eval()
    return model, tokenizer


def serving_dtype(config: PretrainedConfig, auto_class: str) -> torch.dtype:
    """bfloat16 on a GPU that multiplies it itself, which halves memory and time; else float32.

    The model is loaded in it. A cast afterwards would also round what its class keeps in float32, such as the
    frequencies of rotary positions.
    """
    import torch  # noqa: PLC0415

    # CPUs are slow in half precision, and few kernels exist for it there.
    if not torch.cuda.is_available() or torch.cuda.get_device_capability()[0] < AMPERE:
        return torch.float32
    # bfloat16 has three digits: years would be answered in steps of 8.
    is_regression = auto_class == SEQUENCE_CLASSIFIER and config.num_labels == 1
    return torch.float32 if is_regression else torch.bfloat16


def _device() -> str:
    import torch  # noqa: PLC0415

    return "cuda" if torch.cuda.is_available() else "cpu"


def _load_config(model_dir: Path) -> PretrainedConfig:
    config_class = import_module(
        "transformers.models.auto.configuration_auto"
    ).AutoConfig
    return cast("PretrainedConfig", config_class.from_pretrained(str(model_dir)))


def _load_tokenizer(model_dir: Path) -> TransformersTokenizer:
    tokenizer_class = import_module(
        "transformers.models.auto.tokenization_auto"
    ).AutoTokenizer
    return cast(TransformersTokenizer, tokenizer_class.from_pretrained(str(model_dir)))
