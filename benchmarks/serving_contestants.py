"""The servers that are measured, each started on the same model and asked in its own way."""

from __future__ import annotations

import json
import os
import random
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, running
from benchmarks.serving_model import Answer, NotHereError, exported, prepared
from benchmarks.serving_peers.container import PeerError, container

LOGS = ROOT / ".bench" / "logs"
Started = AbstractContextManager[int]
"""Gives the process's id and stops it at the end."""


@dataclass(frozen=True)
class Contestant:
    """`start` takes a port. `limit` names the engine (of `benchmarks.engines`) that it cannot be faster than."""

    name: str
    start: Callable[[int], Started]
    path: str = "/invocations"
    body: Callable[[str], str] = lambda text: json.dumps({"inputs": text})
    answer: Callable[[Any], Answer] = lambda found: Answer(found[0]["label"], found[0]["score"])
    limit: str | None = None


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_port() -> int:
    """One that every server takes: multi-model-server knows none above 32,767."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _log(name: str) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{name}.log"


def _python_of(environment: str) -> Path:
    python = ROOT / environment / "bin" / "python"
    if not python.exists():
        raise NotHereError(f"expected {environment}; found none. Run `make {environment}/.ready`.")
    return python


@contextmanager
def _container(port: int) -> Iterator[int]:
    """The hosting container's own servers: a worker a core, as it has by default, each with one thread."""
    try:
        with container(prepared(), port, workers=cores(), threads=1, log=_log("container")) as pid:
            yield pid
    except PeerError as error:
        raise NotHereError(str(error)) from error


@contextmanager
def _litserve(port: int) -> Iterator[int]:
    script = ROOT / "benchmarks" / "serving_peers" / "litserve_app.py"
    command: list[str | Path] = [_python_of(".venv-litserve"), script, prepared(), str(port), str(cores()), "1"]
    with running(command, _log("litserve"), HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1") as pid:
        yield pid


@contextmanager
def _infinity(port: int) -> Iterator[int]:
    command: list[str | Path] = [_python_of(".venv-infinity").with_name("infinity_emb"), "v2", "--model-id", prepared()]
    command += ["--engine", "torch", "--device", "cpu", "--dtype", "float32", "--no-bettertransformer"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    quiet = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
    with running(command, _log("infinity"), **quiet) as pid:
        yield pid


def _infinity_body(text: str) -> str:
    return json.dumps({"model": prepared().name, "input": [text]})


def _infinity_answer(found: Any) -> Answer:
    best = max(found["data"][0], key=lambda each: each["score"])
    return Answer(best["label"], best["score"])


def ours(engine: str, precision: str | None) -> Callable[[int], Started]:
    """The server at its defaults but for the engine."""

    @contextmanager
    def start(port: int) -> Iterator[int]:
        folder = exported(precision) if precision else prepared()
        command: list[str | Path] = [sys.executable, "-m", "inference.server", "--model", folder, "--port", str(port)]
        with running(command, _log(f"ours-{precision or 'torch'}"), TRAINDROP_ENGINE=engine) as pid:
            yield pid

    return start


CONTESTANTS: Mapping[str, Contestant] = {
    each.name: each
    for each in (
        Contestant("container", _container),
        Contestant("litserve", _litserve),
        Contestant("infinity", _infinity, "/classify", _infinity_body, _infinity_answer),
        Contestant("ours-torch", ours("torch", None), limit="torch-float32"),
        Contestant("ours-float32", ours("onnxruntime", "float32"), limit="onnxruntime-float32"),
        Contestant("ours-int8", ours("onnxruntime", "int8"), limit="onnxruntime-int8"),
    )
}
