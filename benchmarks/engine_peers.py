"""Bare engines, each in a process of its own: `engine_peers.py <engine> <model> <batches.npz> <threads> <seconds>`.

Prints `ready` once the model is loaded and has seen every batch, waits for a line, measures, and prints one line of
JSON. It imports only numpy and the engine's own package, so that it runs in an environment that has no more.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Batch = Mapping[str, Array]
Engine = Callable[[Batch], Array]
"""Takes the columns of a batch, each rows x tokens; returns its logits, rows x 2."""
POSITIVE = "positive"
"""An extra column of each batch: the score that plain transformers gives the second label, one a row."""


def read_batches(path: Path) -> list[dict[str, Array]]:
    """The batches that `benchmarks.engines` wrote, as arrays named `<column>-<number of the batch>`."""
    batches: dict[int, dict[str, Array]] = {}
    with np.load(path) as arrays:
        for name in arrays.files:
            column, _, number = name.rpartition("-")
            batch = batches.setdefault(int(number), {})
            batch[column] = arrays[name]
    return [batches[number] for number in sorted(batches)]


def torch_float32(model: Path, threads: int) -> Engine:
    """As transformers loads it."""
    return _torch(model, threads)


def torch_bfloat16(model: Path, threads: int) -> Engine:
    """All weights and activations in bfloat16."""
    import torch  # noqa: PLC0415

    return _torch(model, threads, cast=torch.bfloat16)


def torch_autocast(model: Path, threads: int) -> Engine:
    """Weights in float32, products in bfloat16."""
    import torch  # noqa: PLC0415

    return _torch(model, threads, context=lambda: torch.autocast("cpu", torch.bfloat16))


def torch_compile(model: Path, threads: int) -> Engine:
    """`torch.compile`, one graph for all widths; needs a C++ compiler."""
    import torch  # noqa: PLC0415

    return _torch(
        model, threads, wrap=lambda module: torch.compile(module, dynamic=True)
    )


def _torch(
    model: Path,
    threads: int,
    cast: Any = None,
    context: Callable[[], Any] = nullcontext,
    wrap: Callable[[Any], Any] = lambda module: module,
) -> Engine:
    import torch  # noqa: PLC0415
    from transformers import AutoModelForSequenceClassification  # noqa: PLC0415

    torch.set_num_threads(threads)
    module = AutoModelForSequenceClassification.from_pretrained(model).eval()
    module = wrap(module.to(cast) if cast else module)

    def run(batch: Batch) -> Array:
        tensors = {name: torch.from_numpy(column) for name, column in batch.items()}
        with torch.inference_mode(), context():
            logits = module(**tensors).logits
            array: Array = logits.float().numpy()
        return array

    return run


def onnxruntime(model: Path, threads: int) -> Engine:
    """ONNX Runtime at its defaults, on the graph that lies in the folder."""
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(
        str(_graph(model)), options, providers=["CPUExecutionProvider"]
    )
    names = [graph_input.name for graph_input in session.get_inputs()]

    def run(batch: Batch) -> Array:
        columns = {name: batch[name] for name in names}
        outputs = session.run(None, columns)
        return np.asarray(outputs[0])

    return run


def openvino(model: Path, threads: int, precision: str = "f32") -> Engine:
    """OpenVINO on the same graph."""
    import openvino as ov  # noqa: PLC0415

    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
    }
    core = ov.Core()
    graph = core.read_model(str(_graph(model)))
    compiled = core.compile_model(graph, "CPU", settings)
    names = [graph_input.get_any_name() for graph_input in compiled.inputs]
    request = compiled.create_infer_request()

    def run(batch: Batch) -> Array:
        columns = {name: batch[name] for name in names}
        outputs = request.infer(columns)
        return np.array(outputs[0])

    return run


def openvino_bfloat16(model: Path, threads: int) -> Engine:
    """OpenVINO's own default where the processor has instructions for bfloat16."""
    return openvino(model, threads, "bf16")


def _graph(model: Path) -> Path:
    """The graph that the folder's manifest names."""
    manifest = json.loads((model / "onnx" / "traindrop.json").read_text("utf-8"))
    return model / "onnx" / str(manifest["file"])


ENGINES: Mapping[str, Callable[[Path, int], Engine]] = {
    "torch-float32": torch_float32,
    "torch-bfloat16": torch_bfloat16,
    "torch-autocast": torch_autocast,
    "torch-compile": torch_compile,
    "onnxruntime-float32": onnxruntime,
    "onnxruntime-int8": onnxruntime,
    "openvino-float32": openvino,
    "openvino-bfloat16": openvino_bfloat16,
    "openvino-int8": openvino,
}


def passes(
    engine: Engine, batches: Sequence[Batch], seconds: float
) -> Iterator[list[float]]:
    """Passes over all batches in a random order until the time is up; yields the seconds of each batch of a pass."""
    order = list(range(len(batches)))
    random.Random(0).shuffle(order)
    end = time.perf_counter() + seconds
    while True:
        durations = []
        for number in order:
            start = time.perf_counter()
            engine(batches[number])
            durations.append(time.perf_counter() - start)
        yield durations
        if time.perf_counter() >= end:
            return


def positive(logits: Array) -> Array:
    """The second label's score (softmax) of each row; logits are rows x 2."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    scores: Array = powers / powers.sum(-1, keepdims=True)
    return scores[:, 1]


def main(name: str, model: str, path: str, threads: str, seconds: str) -> None:
    batches = read_batches(Path(path))
    expected = np.concatenate([batch.pop(POSITIVE) for batch in batches])
    engine = ENGINES[name](Path(model), int(threads))
    scores = np.concatenate([positive(engine(batch)) for batch in batches])
    print("ready", flush=True)
    sys.stdin.readline()
    cpu_start = time.process_time()
    durations = list(passes(engine, batches, float(seconds)))
    cpu_seconds = time.process_time() - cpu_start
    batch_durations = [seconds for one_pass in durations for seconds in one_pass]
    result = {
        "rate": len(expected) / statistics.median(map(sum, durations)),
        "p50_ms": 1000 * statistics.median(batch_durations),
        "cpu_ms": 1000 * cpu_seconds / (len(durations) * len(expected)),
        "unequal": int(((scores > 0.5) != (expected > 0.5)).sum()),
        "largest": float(np.abs(scores - expected).max()),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
