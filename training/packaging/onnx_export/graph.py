"""Weights to a float32 graph, and the graph held against the weights."""

from __future__ import annotations

import inspect
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.model.onnx_manifest import FLOAT32, FOLDER, OnnxManifest
from inference.predictors.batches import tensors
from inference.predictors.models import load_pretrained
from inference.predictors.onnx_model import OnnxModel
from inference.predictors.tokens import UNLIMITED_TOKENS, TokenRow, token_limit
from training.packaging.onnx_export.errors import NotExportedError
from training.packaging.onnx_export.families import Family

FILE = "model.onnx"
OPSET = 17
TOLERANCE = 1e-3
"""Of 1, or of numbers beyond it."""
MOST_BYTES = 2**31 - 2**24
"""What one file of a graph can hold is 2 GB, and the graph needs some of it."""
MADE_WITH = ("torch", "transformers", "onnx", "onnxruntime")
LONG, MANY, MANY_LENGTH = 512, 32, 48
MANY_WORDS = 8
"""Rows of a model that says something of every word of its vocabulary, for each token: memory."""


@dataclass(frozen=True)
class Graph:
    """A graph in `folder/onnx/`; `folder` holds the model's `config.json` too, as a server wants it."""

    folder: Path
    exported: OnnxManifest

    @property
    def bytes(self) -> int:
        return self.exported.path(self.folder).stat().st_size

    @cached_property
    def model(self) -> OnnxModel:
        """Loaded once."""
        return OnnxModel(self.folder, self.exported)


def weights_bytes(model_dir: Path) -> int:
    return sum(path.stat().st_size for path in model_dir.glob("*.safetensors"))


def float_graph(model_dir: Path, task: str, family: Family, folder: Path) -> Graph:
    """Raises `NotExportedError` where the graph cannot be made, or answers otherwise than the weights."""
    if weights_bytes(model_dir) > MOST_BYTES:
        raise NotExportedError(f"its weights are larger than the {MOST_BYTES / 1e9:.1f} GB that a graph can hold")
    model, tokenizer = load_pretrained(model_dir, family.auto_class)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_dir / "config.json", folder / "config.json")
    trace(model, _columns(model, tokenizer), family.outputs, folder / FOLDER / FILE)
    inputs = _inputs(folder / FOLDER / FILE)
    if "attention_mask" not in inputs:
        raise NotExportedError("it reads no attention mask, so that rows of other lengths would change its answers")
    limit = token_limit(tokenizer, model)
    made_with = {name: version(name) for name in MADE_WITH}
    graph = Graph(folder, OnnxManifest(FILE, FLOAT32, task, inputs, list(family.outputs), limit, made_with))
    if difference := disagreement(model, graph, tokenizer):
        raise NotExportedError(difference)
    return graph


def _columns(model: Any, tokenizer: Any) -> list[str]:
    known = inspect.signature(model.forward).parameters
    names = dict.fromkeys([*tokenizer.model_input_names, "attention_mask"])
    return [name for name in names if name in known]


class _Answering(torch.nn.Module):
    """A model as a graph has it: columns in their order in, values in their order out."""

    def __init__(self, model: Any, columns: Sequence[str], outputs: Sequence[str]) -> None:
        super().__init__()
        self.model, self.columns, self.outputs = model, columns, outputs

    def forward(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = self.model(**dict(zip(self.columns, values, strict=True)))
        return tuple(found[name] for name in self.outputs)


def trace(model: Any, columns: Sequence[str], outputs: Sequence[str], path: Path) -> None:
    """Writes the graph, both axes of its inputs free. Raises `NotExportedError`."""
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    values = {"input_ids": torch.arange(14).reshape(2, 7), "attention_mask": mask}
    given = tuple(values.get(name, torch.zeros(2, 7, dtype=torch.long)) for name in columns)
    try:
        with warnings.catch_warnings():
            # The tracer of torch.export takes five times as long, and gets the local attention of ModernBERT wrong.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Answering(model, columns, outputs).eval(),
                given,
                str(path),
                input_names=list(columns),
                output_names=list(outputs),
                dynamic_axes={name: {0: "rows", 1: "tokens"} for name in columns},
                opset_version=OPSET,
                dynamo=False,
            )
    except Exception as error:  # whatever a model's own code may do under a tracer
        raise NotExportedError(f"it cannot be traced ({type(error).__name__}: {_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]


def _inputs(path: Path) -> list[str]:
    """Those that the graph reads: what a model takes and never uses is not among them."""
    import onnx  # noqa: PLC0415

    return [each.name for each in onnx.load(str(path), load_external_data=False).graph.input]


def disagreement(model: Any, graph: Graph, tokenizer: Any) -> str | None:
    """How the graph answers otherwise, to one long row, a short one, and many ragged ones padded on either side."""
    runner, side = graph.model, tokenizer.padding_side
    try:
        for rows, padding in _trials(graph.exported, tokenizer, model.config):
            tokenizer.padding_side = padding
            feed = tensors(rows, tokenizer, None)
            with torch.inference_mode():
                expected = model(**{name: torch.from_numpy(values) for name, values in feed.items()})
            found = runner(**feed)
            for name in graph.exported.outputs:
                far = _distance(expected[name].float().numpy(), getattr(found, name), feed["attention_mask"])
                if not far <= TOLERANCE:
                    shape = " x ".join(map(str, feed["input_ids"].shape))
                    return f"its {name} differ by {far:.2g} from those of the weights ({shape} tokens)"
    finally:
        tokenizer.padding_side = side
    return None


def _trials(exported: OnnxManifest, tokenizer: Any, config: Any) -> Iterator[tuple[list[TokenRow], str]]:
    longest = min(exported.token_limit or LONG, LONG)
    many = MANY_WORDS if exported.task == "fill-mask" else MANY
    lengths = np.linspace(2, min(longest, MANY_LENGTH), many).astype(int).tolist()
    for number, (given, side) in enumerate(
        (([longest], "right"), ([2], "right"), (lengths, "left"), (lengths, "right"))
    ):
        yield [_drawn(length, exported.inputs, tokenizer, config, number) for length in given], side


def _drawn(length: int, inputs: Sequence[str], tokenizer: Any, config: Any, seed: int) -> TokenRow:
    """A row of tokens by lot, none of which has a meaning of its own."""
    lots = np.random.RandomState(seed * MANY + length)
    plain = np.setdiff1d(np.arange(config.vocab_size), tokenizer.all_special_ids)
    kinds = np.arange(length) * min(2, getattr(config, "type_vocab_size", 1) or 1) // length
    columns: Mapping[str, Any] = {"input_ids": lots.choice(plain, length), "token_type_ids": kinds}
    return TokenRow({name: columns[name].tolist() for name in inputs if name in columns}, False)


def _distance(expected: Any, found: Any, mask: Any) -> float:
    """The largest, relative to numbers beyond 1; of outputs a token, what stands for padding is not looked at."""
    apart = np.abs(expected - found) / np.maximum(1.0, np.abs(expected))
    return float(apart[mask.astype(bool)].max() if apart.shape[:2] == mask.shape else apart.max())


def tokenizer_of(model_dir: Path, exported: OnnxManifest) -> Any:
    """The folder's own, giving what the graph reads."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(str(model_dir))
    tokenizer.model_input_names = list(exported.inputs)
    tokenizer.model_max_length = exported.token_limit or UNLIMITED_TOKENS
    return tokenizer
