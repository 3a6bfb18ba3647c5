"""`python -m inference.server.worker_process FD MODEL`: holds the model and answers what comes through a socket.

It ends when the other side of the socket does. Signals are the server's business: it drains, then closes the socket.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from ..archive import load
from ..environment import Environment
from ..errors import ArchiveError
from ..service import Service
from .ipc import Broken, Failed, Ready, receive, send
from .log import configure

logger = logging.getLogger("inference")


def load_service(model_dir: Path) -> Service:
    """The service, having answered once where the task allows a guess at a request."""
    service = load(model_dir, Environment.read(), dedicated=True)
    if service.batches:
        service.warm_up()
    return service


def attempt(model_dir: Path) -> Service | Failed:
    try:
        return load_service(model_dir)
    except ArchiveError as error:
        return Failed(str(error))
    except BaseException:
        logger.exception("loading the model raised")
        return Failed("loading it raised what stands above")


def main(channel: socket.socket, model_dir: Path) -> int:
    service = attempt(model_dir)
    if isinstance(service, Failed):
        send(channel, service)
        return 1
    # Imports made a million objects that stay: the collector need not look at them again.
    gc.collect()
    gc.freeze()
    gc.enable()
    send(channel, Ready(service.batches))
    while True:
        try:
            send(channel, service.respond_many(receive(channel)))
        except Broken:
            return 0


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    configure()
    # Collecting garbage while modules are imported takes a fifth of the start.
    gc.disable()
    code = main(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
    sys.stdout.flush()
    # A thread may still be inside the model; tearing it down under it could crash.
    os._exit(code)
