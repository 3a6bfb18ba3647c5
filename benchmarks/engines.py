"""How fast the engines are by themselves, without a server: on sorted batches and on single texts.

python -m benchmarks.engines [--quick] [--engines torch-float32 …] [--batches 1 8 32] [--threads 1 2]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engine_peers import ENGINES, POSITIVE
from benchmarks.processes import ROOT
from benchmarks.serving_model import (
    LABELS,
    Answer,
    NotHereError,
    exported,
    prepared,
    reference,
)
from benchmarks.serving_texts import texts

BATCH_SIZES, LIMIT_BATCH_SIZES = (1, 8, 32), (8, 32)
TEXT_COUNT = 256
"""Any stretch of the texts has the same mix; with so many, a pass takes about two seconds."""
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
# As in the server and in the training job: spinning threads would make other processes decide the figures.
_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
_HEADER = """\
| engine | threads | batch | texts/s | p50 of a batch | CPU ms a text | labels unequal | largest difference |
|---|---|---|---|---|---|---|---|"""


class EngineError(RuntimeError):
    """An engine does not run here; the message is its own."""


@dataclass(frozen=True)
class Speed:
    """`rate` is in texts/s, `p50_ms` is of a whole batch, `cpu_ms` of a text.

    `unequal` counts the labels that differ from plain transformers', `largest` is the largest difference of a score.
    """

    rate: float
    p50_ms: float
    cpu_ms: float
    unequal: int
    largest: float


def measure(
    engine: str, batch_size: int, threads: int, seconds: float, processes: int = 1
) -> Speed:
    """Runs so many processes at the same time, each with so many threads, and adds their rates up.

    Raises `EngineError` where the engine does not run, and `NotHereError` where it is not installed.
    """
    command = [
        _python(engine),
        ROOT / "benchmarks" / "engine_peers.py",
        engine,
        _model(engine),
    ]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "batches.npz"
        write_batches(path, batch_size)
        arguments = [*map(str, command), str(path), str(threads), str(seconds)]
        children = [_start(arguments) for _ in range(processes)]
        try:
            _release_together(children)
            speeds = [_read_speed(child) for child in children]
        finally:
            for child in children:
                child.kill()
                child.communicate()
    return replace(speeds[0], rate=sum(speed.rate for speed in speeds))


def best_rate(engine: str, threads: int, seconds: float) -> float:
    """The most texts/s that the engine reaches with so many threads, in one process or in one process a thread."""
    rates = []
    for batch_size in LIMIT_BATCH_SIZES:
        for process_threads, processes in {(threads, 1), (1, threads)}:
            speed = measure(engine, batch_size, process_threads, seconds, processes)
            rates.append(speed.rate)
    return max(rates)


def write_batches(path: Path, batch_size: int) -> None:
    """Writes all texts as arrays, sorted by length, each batch padded to its longest text, with the expected scores."""
    columns: dict[str, Any] = {}
    for number, (encoded, answers) in enumerate(_batches(batch_size)):
        for name, column in encoded.items():
            columns[f"{name}-{number}"] = column
        columns[f"{POSITIVE}-{number}"] = np.array(
            [_positive_score(answer) for answer in answers]
        )
    np.savez(path, **columns)


def _batches(batch_size: int) -> Iterator[tuple[dict[str, Any], list[Answer]]]:
    """Columns of the tokenizer, each rows x tokens, and the answers of plain transformers."""
    tokenizer = _tokenizer()
    sample = texts(TEXT_COUNT)
    token_counts = [len(tokens) for tokens in tokenizer(sample)["input_ids"]]
    rows = list(zip(token_counts, sample, reference()[:TEXT_COUNT], strict=True))
    rows.sort(key=lambda row: row[0], reverse=True)
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        encoded = tokenizer(
            [text for _, text, _ in batch], padding=True, return_tensors="np"
        )
        yield dict(encoded), [answer for _, _, answer in batch]


@cache
def _tokenizer() -> Any:
    from transformers import AutoTokenizer  # noqa: PLC0415

    return AutoTokenizer.from_pretrained(prepared())


def _positive_score(answer: Answer) -> float:
    return answer.score if answer.label == LABELS[1] else 1 - answer.score


def _python(engine: str) -> Path:
    if not engine.startswith("openvino"):
        return Path(sys.executable)
    python = ROOT / ".venv-openvino" / "bin" / "python"
    if not python.exists():
        raise NotHereError(
            "expected .venv-openvino; found none. Run `make .venv-openvino/.ready`."
        )
    return python


def _model(engine: str) -> Path:
    if engine.startswith("torch"):
        return prepared()
    precision = "int8" if engine.endswith("int8") else "float32"
    return exported(precision)


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_THREADS | os.environ | _QUIET,
    )


def _release_together(children: Sequence[subprocess.Popen[str]]) -> None:
    """Lets all processes begin to measure once the last one is ready."""
    for child in children:
        _read_line(child)
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()


def _read_speed(child: subprocess.Popen[str]) -> Speed:
    return Speed(**json.loads(_read_line(child)))


def _read_line(child: subprocess.Popen[str]) -> str:
    """The next line of the process; raises `EngineError` with the last line of its errors if it has ended."""
    assert child.stdout is not None
    line = child.stdout.readline()
    if line:
        return line
    _, errors = child.communicate()
    error_lines = errors.strip().splitlines()
    raise EngineError(
        error_lines[-1] if error_lines else f"it ended with {child.returncode}"
    )


def lines(
    engines: Sequence[str],
    batch_sizes: Sequence[int],
    threads: Sequence[int],
    seconds: float,
) -> Iterator[str]:
    """The table: a line for each engine, number of threads and batch size."""
    yield _HEADER
    for engine in engines:
        for thread_count in threads:
            for batch_size in batch_sizes:
                yield _speed_line(engine, thread_count, batch_size, seconds)


def _speed_line(engine: str, threads: int, batch_size: int, seconds: float) -> str:
    try:
        speed = measure(engine, batch_size, threads, seconds)
    except (EngineError, NotHereError) as error:
        return f"| {engine} | {threads} | {batch_size} | {error} | | | | |"
    cells = [
        engine,
        str(threads),
        str(batch_size),
        f"{speed.rate:.1f}",
        f"{speed.p50_ms:.1f} ms",
        f"{speed.cpu_ms:.1f}",
        f"{speed.unequal} of {TEXT_COUNT}",
        f"{speed.largest:.1e}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--quick", action="store_true", help="one pass over the texts each"
    )
    parser.add_argument(
        "--engines", nargs="+", choices=ENGINES, default=list(ENGINES), metavar="NAME"
    )
    parser.add_argument(
        "--batches",
        nargs="+",
        type=int,
        default=list(BATCH_SIZES),
        help="rows of a batch (default: 1 8 32)",
    )
    parser.add_argument(
        "--threads", nargs="+", type=int, default=[1, 2], help="(default: 1 2)"
    )
    parser.add_argument(
        "--seconds", type=float, help="of each measurement (default: 8)"
    )
    arguments = parser.parse_args()
    default_seconds = 0.1 if arguments.quick else 8.0
    seconds = arguments.seconds or default_seconds
    for line in lines(arguments.engines, arguments.batches, arguments.threads, seconds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
