"""`python -m inference.server.healthcheck`: exits with 0 where the server of this machine can answer, else with 1."""

from __future__ import annotations

import sys
import urllib.request
from http.client import HTTPException

from ..model.environment import Environment

TIMEOUT_SECONDS = 4


def healthy(port: int) -> bool:
    """Any other answer than 200, none in time, or none at all: not healthy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(
            f"http://127.0.0.1:{port}/ping", timeout=TIMEOUT_SECONDS
        ) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(Environment.read().port) else 1)
