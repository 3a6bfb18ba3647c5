"""Bare engines, each in a process of its own: `engine_peers.py <engine> <model> <batches.npz> <threads> <seconds>`.

Says `ready` once the model is loaded and has seen every batch, waits for a line, measures, prints one line of JSON.
It needs nothing but numpy and the engine's own package, so that it runs in an environment that has no more.
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
"""Takes the columns of a batch, gives its logits."""
POSITIVE = "positive"
"""Beside the columns of each batch: the score plain transformers gives the second label."""


def read_batches(path: Path) -> list[dict[str, Array]]:
    """As `benchmarks.engines` wrote them: `<column>-<number of the batch>`."""
    batches: dict[int, dict[str, Array]] = {}
    with np.load(path) as found:
        for name in found.files:
            column, _, number = name.rpartition("-")
            batches.setdefault(int(number), {})[column] = found[name]
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

    return _torch(model, threads, wrap=lambda module: torch.compile(module, dynamic=True))


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
        with torch.inference_mode(), context():
            logits: Array = (
                module(**{name: torch.from_numpy(column) for name, column in batch.items()}).logits.float().numpy()
            )
            return logits

    return run


def onnxruntime(model: Path, threads: int) -> Engine:
    """ONNX Runtime at its defaults, on the graph that lies in the folder."""
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(str(_graph(model)), options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return lambda batch: np.asarray(session.run(None, {name: batch[name] for name in names})[0])


def openvino(model: Path, threads: int, precision: str = "f32") -> Engine:
    """OpenVINO on the same graph."""
    import openvino as ov  # noqa: PLC0415

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    core = ov.Core()
    compiled = core.compile_model(core.read_model(str(_graph(model))), "CPU", settings)
    names = [each.get_any_name() for each in compiled.inputs]
    request = compiled.create_infer_request()
    return lambda batch: np.array(request.infer({name: batch[name] for name in names})[0])


def openvino_bfloat16(model: Path, threads: int) -> Engine:
    """OpenVINO's own default where the processor has instructions for bfloat16."""
    return openvino(model, threads, "bf16")


def _graph(model: Path) -> Path:
    """The one that the folder's manifest names."""
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


def passes(engine: Engine, batches: Sequence[Batch], seconds: float) -> Iterator[list[float]]:
    """Seconds of every batch, pass after pass over all of them in an order that tells nothing, until time is up."""
    order = list(range(len(batches)))
    random.Random(0).shuffle(order)
    end = time.perf_counter() + seconds
    while True:
        taken = []
        for number in order:
            began = time.perf_counter()
            engine(batches[number])
            taken.append(time.perf_counter() - began)
        yield taken
        if time.perf_counter() >= end:
            return


def positive(logits: Array) -> Array:
    """The second label's score."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    score: Array = (powers / powers.sum(-1, keepdims=True))[:, 1]
    return score


def main(name: str, model: str, path: str, threads: str, seconds: str) -> None:
    batches = read_batches(Path(path))
    wanted = np.concatenate([batch.pop(POSITIVE) for batch in batches])
    engine = ENGINES[name](Path(model), int(threads))
    found = np.concatenate([positive(engine(batch)) for batch in batches])
    print("ready", flush=True)
    sys.stdin.readline()
    cpu = time.process_time()
    taken = list(passes(engine, batches, float(seconds)))
    cpu = time.process_time() - cpu
    answer = {
        "rate": len(wanted) / statistics.median(map(sum, taken)),
        "p50_ms": 1000 * statistics.median(each for one in taken for each in one),
        "cpu_ms": 1000 * cpu / (len(taken) * len(wanted)),
        "unequal": int(((found > 0.5) != (wanted > 0.5)).sum()),
        "largest": float(np.abs(found - wanted).max()),
    }
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
