"""The server: an HTTP app, a queue, and the processes that hold the model."""

from __future__ import annotations

import logging
import os
import sys


def configure_logging() -> None:
    """Log lines to standard output; libraries' progress bars and spinning threads off, where nothing else is set.

    The server and its workers both call it.
    """
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stdout,
    )
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Threads that spin while they wait for each other are twenty times slower where others use the machine too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
