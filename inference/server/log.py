"""One format for the server's and its workers' lines."""

from __future__ import annotations

import logging
import os
import sys


def configure() -> None:
    """Lines to standard output; libraries' progress bars and spinning threads off, unless the environment says so."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Threads that spin while they wait for each other are twenty times slower where others use the machine too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
