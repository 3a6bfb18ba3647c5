"""The process of a worker (see `worker_start`): holds the model and answers what comes through a socket.

It ends when the other end of the socket closes. It passes over SIGINT and SIGTERM: the server drains, then closes the
socket. Processes that hooks start do not, and do not hold the socket.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..archive import load
from ..model.environment import Environment
from ..protocols.container import ContainerProtocol
from ..protocols.errors import ArchiveError, words_of
from ..service import Service
from . import configure_logging
from .continuous_loop import ContinuousLoop
from .ipc import DisconnectedError, LoadFailure, Ready, WorkerChannel

if TYPE_CHECKING:
    from ..predictors.continuous import ContinuousEngine

logger = logging.getLogger("inference")
PASSED_OVER = (signal.SIGINT, signal.SIGTERM)


def load_service(model_dir: Path) -> Service:
    """The service, having answered once where the task has an example request."""
    environment = Environment.read()
    protocol = ContainerProtocol if environment.strict else None
    service = load(model_dir, environment, dedicated=True, protocol=protocol)
    if service.batches:
        service.warm_up()
    return service


def engine_of(service: Service) -> ContinuousEngine | None:
    """What decodes many texts together; None for a model that writes none, or not in that way, and in strict mode."""
    if service.writer is None or Environment.read().strict:
        return None
    from ..predictors.continuous import engine_for  # noqa: PLC0415

    return engine_for(service.writer)


def try_to_load(model_dir: Path) -> Service | LoadFailure:
    try:
        return load_service(model_dir)
    except ArchiveError as error:
        return LoadFailure(str(error))
    except BaseException as error:
        logger.exception("loading the model raised")
        words = f"{type(error).__name__}: {words_of(error)}"
        return LoadFailure(
            f"loading it raised {words}; the traceback is in the log above"
        )


def main(channel: WorkerChannel, model_dir: Path) -> int:
    """Answers until the server closes the channel; the exit code."""
    service = try_to_load(model_dir)
    if isinstance(service, LoadFailure):
        channel.send(service)
        return 1
    # Imports made a million objects that stay: the collector need not look at them again.
    gc.collect()
    gc.freeze()
    gc.enable()
    engine = engine_of(service)
    channel.send(Ready(service.batches, engine is not None))
    if engine is not None:
        ContinuousLoop(service, engine, channel).run()
        return 0
    while True:
        try:
            channel.send(service.respond_many(channel.receive()))
        except DisconnectedError:
            return 0


def pass_over_signals() -> None:
    """By handlers, for what is ignored would be ignored in every program that a hook starts, too."""
    for number in PASSED_OVER:
        signal.signal(number, lambda *_: None)


def set_forked_free(channel: socket.socket) -> None:
    """What a hook forks inherits neither: a pool could not end its processes, and the server would wait for them.

    Signals are held back while it is forked, so that one that comes at once ends it.
    """

    def become_a_child() -> None:
        for number in PASSED_OVER:
            signal.signal(number, signal.SIG_DFL)
        channel.close()
        let_through()

    def hold_back() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_OVER)

    def let_through() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_OVER)

    os.register_at_fork(
        before=hold_back, after_in_parent=let_through, after_in_child=become_a_child
    )


def run(descriptor: int, model_dir: Path) -> None:
    """Answers what comes through the socket of this number, and ends the process."""
    pass_over_signals()
    configure_logging()
    # Collecting garbage while modules are imported takes a fifth of the start.
    gc.disable()
    connection = socket.socket(fileno=descriptor)
    set_forked_free(connection)
    code = main(WorkerChannel(connection), model_dir)
    sys.stdout.flush()
    # A thread may still be inside the model; tearing it down under it could crash.
    os._exit(code)
