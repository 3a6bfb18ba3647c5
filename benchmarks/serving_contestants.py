"""The servers that are measured, each started on the same model and called in its own way."""

from __future__ import annotations

import json
import os
import random
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, ServerProcess, own_server, running
from benchmarks.serving_model import Answer, NotHereError, exported, packed, prepared
from benchmarks.serving_peers.container import PeerError, container
from contracts.environment import HUGE_PAGES, ServingVariable
from contracts.locations import INFERENCE_SCRIPT

LOGS = ROOT / ".bench" / "logs"
Started = AbstractContextManager[ServerProcess]
"""Stops the server at the end."""


def _hosting_body(text: str) -> str:
    return json.dumps({"inputs": text})


def _hosting_answer(response: Any) -> Answer:
    best = response[0]
    return Answer(best["label"], best["score"])


@dataclass(frozen=True)
class Contestant:
    """One server that is measured.

    `prepare` makes the folder of the model, if there is none yet: that may take minutes and is never measured.
    `start` takes that folder and a port. `body` makes the body of a request for a text, `answer` reads the JSON of the
    response. `limit` names the engine (of `benchmarks.engines`) that the server cannot be faster than.
    """

    name: str
    prepare: Callable[[], Path]
    start: Callable[[Path, int], Started]
    path: str = "/invocations"
    body: Callable[[str], str] = _hosting_body
    answer: Callable[[Any], Answer] = _hosting_answer
    limit: str | None = None


def cores() -> int:
    return (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )


def free_port() -> int:
    """A port that every server accepts: multi-model-server refuses those above 32,767."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def log_of(name: str) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{name}.log"


def _python_of(environment: str) -> Path:
    python = ROOT / environment / "bin" / "python"
    if not python.exists():
        raise NotHereError(
            f"expected {environment}; found none. Run `make {environment}/.ready`."
        )
    return python


@contextmanager
def container_server(
    model: Path,
    port: int,
    name: str = "container",
    environment: Mapping[str, str] | None = None,
) -> Iterator[ServerProcess]:
    """The hosting container's server with its defaults: one worker a core, each with one thread."""
    try:
        with container(
            model,
            port,
            workers=cores(),
            threads=1,
            environment=environment,
            log=log_of(name),
        ) as server:
            yield server
    except PeerError as error:
        raise NotHereError(str(error)) from error


def _container_with_archive(precision: str) -> Contestant:
    """The same server with the archive of a training job, called as Create model has it called."""
    name = f"container-{precision}"
    environment: dict[str, str] = {
        ServingVariable.PROGRAM: INFERENCE_SCRIPT,
        ServingVariable.TASK: "text-classification",
        ServingVariable.LIBC_TUNABLES: HUGE_PAGES,
    }
    start = partial(container_server, name=name, environment=environment)
    return Contestant(name, partial(packed, precision), start)


@contextmanager
def _litserve(model: Path, port: int) -> Iterator[ServerProcess]:
    script = ROOT / "benchmarks" / "serving_peers" / "litserve_app.py"
    command: list[str | Path] = [
        _python_of(".venv-litserve"),
        script,
        model,
        str(port),
        str(cores()),
        "1",
    ]
    with running(
        command, log_of("litserve"), HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1"
    ) as server:
        yield server


@contextmanager
def _infinity(model: Path, port: int) -> Iterator[ServerProcess]:
    command: list[str | Path] = [
        _python_of(".venv-infinity").with_name("infinity_emb"),
        "v2",
        "--model-id",
        model,
    ]
    command += [
        "--engine",
        "torch",
        "--device",
        "cpu",
        "--dtype",
        "float32",
        "--no-bettertransformer",
    ]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    quiet = {
        "HF_HUB_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "INFINITY_ANONYMOUS_USAGE_STATS": "0",
    }
    with running(command, log_of("infinity"), **quiet) as server:
        yield server


def _infinity_body(text: str) -> str:
    return json.dumps({"model": prepared().name, "input": [text]})


def _infinity_answer(response: Any) -> Answer:
    labels = response["data"][0]
    best = max(labels, key=lambda label: label["score"])
    return Answer(best["label"], best["score"])


def _ours(name: str, engine: str, precision: str | None = None) -> Contestant:
    """Our server at its defaults but for the engine; with a graph of this precision, or without one."""

    @contextmanager
    def start(model: Path, port: int) -> Iterator[ServerProcess]:
        with own_server(model, port, log_of(name), TRAINDROP_ENGINE=engine) as server:
            yield server

    prepare = partial(exported, precision) if precision else prepared
    return Contestant(name, prepare, start, limit=f"{engine}-{precision or 'float32'}")


_ALL = (
    Contestant("container", prepared, container_server),
    _container_with_archive("float32"),
    _container_with_archive("int8"),
    Contestant("litserve", prepared, _litserve),
    Contestant(
        "infinity", prepared, _infinity, "/classify", _infinity_body, _infinity_answer
    ),
    _ours("ours-torch", "torch"),
    _ours("ours-float32", "onnxruntime", "float32"),
    _ours("ours-int8", "onnxruntime", "int8"),
)
CONTESTANTS: Mapping[str, Contestant] = {
    contestant.name: contestant for contestant in _ALL
}
