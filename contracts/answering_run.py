"""How an answer says which run's model gave it, where the endpoint's variant is not called as the run.

SageMaker shifts requests step by step only between two configs whose variants share their names. There the container
names its run in the one header of an answer that SageMaker passes on to the caller.
"""

from __future__ import annotations

import re

HEADER = "X-Amzn-SageMaker-Custom-Attributes"
SHARED_VARIANT = "release"
"""The variant of every release of an endpoint whose requests are shifted step by step."""
_RUN = re.compile(r"(?:^|[;,]\s*)run=([^;,\s]+)")


def with_run(attributes: str, run: str) -> str:
    """The header's value with the run, beside whatever it says already."""
    if not run or run_of(attributes) == run:
        return attributes
    return f"{attributes}; run={run}" if attributes else f"run={run}"


def run_of(attributes: str) -> str:
    """The run that the header's value names; empty where it names none."""
    match = _RUN.search(attributes)
    return match.group(1) if match else ""
