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
from benchmarks.serving_model import LABELS, Answer, NotHereError, exported, prepared, reference
from benchmarks.serving_texts import texts

BATCHES, LIMIT_BATCHES = (1, 8, 32), (8, 32)
TEXTS = 256
"""Any stretch of the texts has the same mix; of these a pass is over in two seconds."""
_QUIET = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}
# As the server's and the job's: what else the machine does shall not decide.
_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}
_HEADER = """\
| engine | threads | batch | texts/s | p50 of a batch | CPU ms a text | labels unequal | largest difference |
|---|---|---|---|---|---|---|---|"""


class EngineError(RuntimeError):
    """An engine does not run here; the message is its own."""


@dataclass(frozen=True)
class Speed:
    """`p50_ms` is of a whole batch, `cpu_ms` of a text; answers are compared with plain transformers'."""

    rate: float
    p50_ms: float
    cpu_ms: float
    unequal: int
    largest: float


def measured(engine: str, batch: int, threads: int, seconds: float, processes: int = 1) -> Speed:
    """So many processes at the same time, each with so many threads; rates are added up. Raises `EngineError`."""
    command = [_python(engine), ROOT / "benchmarks" / "engine_peers.py", engine, _model(engine)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "batches.npz"
        write_batches(path, batch)
        children = [_child([*map(str, command), str(path), str(threads), str(seconds)]) for _ in range(processes)]
        try:
            _together(children)
            found = [Speed(**json.loads(_line(child))) for child in children]
        finally:
            for child in children:
                child.kill()
                child.communicate()
    return replace(found[0], rate=sum(each.rate for each in found))


def best(engine: str, threads: int, seconds: float) -> float:
    """The most texts/s the engine reaches with so many threads in all, in one process or in several."""
    ways = [(batch, *way) for batch in LIMIT_BATCHES for way in {(threads, 1), (1, threads)}]
    return max(measured(engine, batch, each, seconds, processes).rate for batch, each, processes in ways)


def write_batches(path: Path, rows: int) -> None:
    """All texts as token rows, sorted by length, padded to the longest of each batch, with the score that is right."""
    columns: dict[str, Any] = {}
    for number, (encoded, answers) in enumerate(_batches(rows)):
        columns |= {f"{name}-{number}": column for name, column in encoded.items()}
        columns[f"{POSITIVE}-{number}"] = np.array([_positive(each) for each in answers])
    np.savez(path, **columns)


def _batches(rows: int) -> Iterator[tuple[dict[str, Any], list[Answer]]]:
    tokenizer = _tokenizer()
    asked = texts(TEXTS)
    pairs = list(zip(tokenizer(asked)["input_ids"], asked, reference()[:TEXTS], strict=True))
    pairs.sort(key=lambda each: -len(each[0]))
    for start in range(0, len(pairs), rows):
        group = pairs[start : start + rows]
        encoded = tokenizer([text for _, text, _ in group], padding=True, return_tensors="np")
        yield dict(encoded), [answer for _, _, answer in group]


@cache
def _tokenizer() -> Any:
    from transformers import AutoTokenizer  # noqa: PLC0415

    return AutoTokenizer.from_pretrained(prepared())


def _positive(answer: Answer) -> float:
    return answer.score if answer.label == LABELS[1] else 1 - answer.score


def _python(engine: str) -> Path:
    if not engine.startswith("openvino"):
        return Path(sys.executable)
    python = ROOT / ".venv-openvino" / "bin" / "python"
    if not python.exists():
        raise NotHereError("expected .venv-openvino; found none. Run `make .venv-openvino/.ready`.")
    return python


def _model(engine: str) -> Path:
    if engine.startswith("torch"):
        return prepared()
    precision = "int8" if engine.endswith("int8") else "float32"
    return exported(precision)


def _child(command: Sequence[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=_THREADS | os.environ | _QUIET
    )


def _together(children: Sequence[subprocess.Popen[str]]) -> None:
    """All begin to measure once the last one is ready."""
    for child in children:
        _line(child)
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    if line := child.stdout.readline():
        return line
    said = child.communicate()[1].strip().splitlines()
    raise EngineError(said[-1] if said else f"it ended with {child.returncode}")


def lines(engines: Sequence[str], batches: Sequence[int], threads: Sequence[int], seconds: float) -> Iterator[str]:
    yield _HEADER
    for engine in engines:
        for each in threads:
            for batch in batches:
                yield _measured_line(engine, each, batch, seconds)


def _measured_line(engine: str, threads: int, batch: int, seconds: float) -> str:
    try:
        found = measured(engine, batch, threads, seconds)
    except (EngineError, NotHereError) as error:
        return f"| {engine} | {threads} | {batch} | {error} | | | | |"
    speed = f"{found.rate:.1f} | {found.p50_ms:.1f} ms | {found.cpu_ms:.1f}"
    return f"| {engine} | {threads} | {batch} | {speed} | {found.unequal} of {TEXTS} | {found.largest:.1e} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="one pass over the texts each")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), metavar="NAME")
    parser.add_argument(
        "--batches", nargs="+", type=int, default=list(BATCHES), help="rows of a batch (default: 1 8 32)"
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="(default: 1 2)")
    parser.add_argument("--seconds", type=float, help="of each measurement (default: 8)")
    asked = parser.parse_args()
    seconds = asked.seconds or (0.1 if asked.quick else 8.0)
    for line in lines(asked.engines, asked.batches, asked.threads, seconds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
