"""Weights to a float32 graph, and the graph compared with the weights."""

from __future__ import annotations

import inspect
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import torch

from inference.model.onnx_manifest import FLOAT32, FOLDER, OnnxManifest
from inference.predictors.batches import tensors
from inference.predictors.models import load_pretrained
from inference.predictors.onnx_model import OnnxModel
from inference.predictors.tokens import UNLIMITED_TOKENS, TokenRow, token_limit
from training.common.types import FloatArray, IntArray
from training.packaging.onnx_export.errors import NotExportedError
from training.recipes.base import GraphInterface

if TYPE_CHECKING:
    from transformers import PretrainedConfig

    from training.common.types import Model, Tokenizer

FILE = "model.onnx"
OPSET = 17
TOLERANCE = 1e-3
"""Of 1, or of numbers beyond it."""
MAX_WEIGHT_BYTES = 2**31 - 2**24
"""One file of a graph holds 2 GiB, and the graph itself needs some of it."""
MADE_WITH = ("torch", "transformers", "onnx", "onnxruntime")
MAX_TRIAL_TOKENS = 512
"""Of one long row."""
MAX_RAGGED_TOKENS = 48
"""Of the longest of many rows."""
SEED_STRIDE = 32
MAX_REASON_CHARACTERS = 200


@dataclass(frozen=True)
class Graph:
    """A graph in `folder/onnx/`; the folder has the model's `config.json` too, as a server needs it."""

    folder: Path
    manifest: OnnxManifest

    @property
    def path(self) -> Path:
        return self.manifest.path(self.folder)

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size

    @cached_property
    def model(self) -> OnnxModel:
        """Loaded once."""
        return OnnxModel(self.folder, self.manifest)


class Trial(NamedTuple):
    """Rows that the graph and the weights are both given, padded on one side."""

    rows: list[TokenRow]
    padding_side: str


def weights_bytes(model_dir: Path) -> int:
    return sum(path.stat().st_size for path in model_dir.glob("*.safetensors"))


def float_graph(
    model_dir: Path, task: str, interface: GraphInterface, folder: Path
) -> Graph:
    """Raises `NotExportedError` where the graph cannot be made, or answers otherwise than the weights."""
    if weights_bytes(model_dir) > MAX_WEIGHT_BYTES:
        gigabytes = MAX_WEIGHT_BYTES / 1e9
        raise NotExportedError(
            f"its weights are larger than the {gigabytes:.1f} GB that a graph can hold"
        )
    model, tokenizer = load_pretrained(model_dir, interface.auto_class)
    path = folder / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_dir / "config.json", folder / "config.json")
    trace(model, _columns(model, tokenizer), interface.outputs, path)
    inputs = _inputs(path)
    if "attention_mask" not in inputs:
        raise NotExportedError(
            "it reads no attention mask, so that rows of other lengths would change its answers"
        )
    manifest = OnnxManifest(
        file=FILE,
        precision=FLOAT32,
        task=task,
        inputs=inputs,
        outputs=list(interface.outputs),
        token_limit=token_limit(tokenizer, model),
        made_with={name: version(name) for name in MADE_WITH},
    )
    graph = Graph(folder, manifest)
    difference = disagreement(model, graph, tokenizer, interface.trial_rows)
    if difference:
        raise NotExportedError(difference)
    return graph


def _columns(model: Model, tokenizer: Tokenizer) -> list[str]:
    """The columns that the tokenizer gives and the model takes, in the order of the tokenizer."""
    parameters = inspect.signature(model.forward).parameters
    names = dict.fromkeys([*tokenizer.model_input_names, "attention_mask"])
    return [name for name in names if name in parameters]


class _PositionalModel(torch.nn.Module):
    """A model as a graph has it: columns in their order in, outputs in their order out."""

    def __init__(
        self, model: Model, columns: Sequence[str], outputs: Sequence[str]
    ) -> None:
        super().__init__()
        self.model, self.columns, self.outputs = model, columns, outputs

    def forward(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        answer = self.model(**dict(zip(self.columns, values, strict=True)))
        return tuple(answer[name] for name in self.outputs)


def trace(
    model: Model, columns: Sequence[str], outputs: Sequence[str], path: Path
) -> None:
    """Writes the graph, both axes of its inputs free. Raises `NotExportedError`."""
    examples = {
        "input_ids": torch.arange(14).reshape(2, 7),
        "attention_mask": torch.tensor([[1] * 7, [1] * 4 + [0] * 3]),
    }
    values = tuple(
        examples.get(name, torch.zeros(2, 7, dtype=torch.long)) for name in columns
    )
    try:
        with warnings.catch_warnings():
            # The tracer of torch.export takes five times as long, and gets the local attention of ModernBERT wrong.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _PositionalModel(model, columns, outputs).eval(),
                values,
                str(path),
                input_names=list(columns),
                output_names=list(outputs),
                dynamic_axes={name: {0: "rows", 1: "tokens"} for name in columns},
                opset_version=OPSET,
                dynamo=False,
            )
    except Exception as error:  # whatever a model's own code may raise under a tracer
        raise NotExportedError(
            f"it cannot be traced ({type(error).__name__}: {_first_line(error)})"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:MAX_REASON_CHARACTERS]


def _inputs(path: Path) -> list[str]:
    """Those that the graph reads: the tracer drops what a model takes and never uses."""
    import onnx  # noqa: PLC0415

    graph = onnx.load(str(path), load_external_data=False).graph
    return [value.name for value in graph.input]


def disagreement(
    model: Model, graph: Graph, tokenizer: Tokenizer, trial_rows: int
) -> str | None:
    """How the graph answers otherwise than the weights; None within the tolerance.

    Both are given one long row, a short one, and `trial_rows` rows of many lengths, padded on either side.
    """
    original_side = tokenizer.padding_side
    try:
        for trial in _trials(graph.manifest, tokenizer, model.config, trial_rows):
            tokenizer.padding_side = trial.padding_side
            # Arrays, because there is no device.
            feed = cast("dict[str, IntArray]", tensors(trial.rows, tokenizer, None))
            difference = _difference(model, graph, feed)
            if difference:
                return difference
    finally:
        tokenizer.padding_side = original_side
    return None


def _difference(model: Model, graph: Graph, feed: Mapping[str, IntArray]) -> str | None:
    """`feed` has each column of a batch, of shape (rows, tokens)."""
    with torch.inference_mode():
        expected = model(
            **{name: torch.from_numpy(values) for name, values in feed.items()}
        )
    answer = graph.model(**feed)
    for name in graph.manifest.outputs:
        distance = _distance(
            expected[name].float().numpy(),
            getattr(answer, name),
            feed["attention_mask"],
        )
        if not distance <= TOLERANCE:
            shape = " x ".join(map(str, feed["input_ids"].shape))
            return f"its {name} differ by {distance:.2g} from those of the weights ({shape} tokens)"
    return None


def _trials(
    manifest: OnnxManifest,
    tokenizer: Tokenizer,
    config: PretrainedConfig,
    trial_rows: int,
) -> Iterator[Trial]:
    longest = min(manifest.token_limit or MAX_TRIAL_TOKENS, MAX_TRIAL_TOKENS)
    ragged = (
        np.linspace(2, min(longest, MAX_RAGGED_TOKENS), trial_rows).astype(int).tolist()
    )
    trials = (([longest], "right"), ([2], "right"), (ragged, "left"), (ragged, "right"))
    for number, (lengths, side) in enumerate(trials):
        rows = []
        for length in lengths:
            rows.append(
                _random_row(
                    length,
                    manifest.inputs,
                    tokenizer,
                    config,
                    seed=number * SEED_STRIDE + length,
                )
            )
        yield Trial(rows, side)


def _random_row(
    length: int,
    inputs: Sequence[str],
    tokenizer: Tokenizer,
    config: PretrainedConfig,
    *,
    seed: int,
) -> TokenRow:
    """A row of random tokens that are not special, in as many segments as the model has types for, up to two."""
    rng = np.random.RandomState(seed)
    plain_tokens = np.setdiff1d(np.arange(config.vocab_size), tokenizer.all_special_ids)
    segments = min(2, getattr(config, "type_vocab_size", 1) or 1)
    columns = {
        "input_ids": rng.choice(plain_tokens, length),
        "token_type_ids": np.arange(length) * segments // length,
    }
    return TokenRow(
        {name: columns[name].tolist() for name in inputs if name in columns}, False
    )


def _distance(expected: FloatArray, answer: FloatArray, mask: IntArray) -> float:
    """The largest, relative for numbers beyond 1. In outputs of shape (rows, tokens, ...) padding does not count."""
    distances = np.abs(expected - answer) / np.maximum(1.0, np.abs(expected))
    if distances.shape[:2] == mask.shape:
        distances = distances[mask.astype(bool)]
    return float(distances.max())


def load_tokenizer(model_dir: Path, manifest: OnnxManifest) -> Tokenizer:
    """The folder's own, set to give what the graph reads."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(str(model_dir))
    tokenizer.model_input_names = list(manifest.inputs)
    tokenizer.model_max_length = manifest.token_limit or UNLIMITED_TOKENS
    return tokenizer
