"""Readable log lines, and everything else that would talk silenced."""

from __future__ import annotations

import logging
import os
import time
import warnings

from contracts.metric_lines import metric_line

_START = time.monotonic()


def is_main_process() -> bool:
    """Whether this process is the one of a distributed job that speaks and writes."""
    return int(os.environ.get("RANK") or 0) == 0


def seconds() -> float:
    """Since the job's first import."""
    return time.monotonic() - _START


def say(text: str) -> None:
    if is_main_process():
        print(f"[{seconds():7.1f} s] {text}", flush=True)


def say_metrics(**values: float) -> None:
    if is_main_process():
        print(metric_line(**values), flush=True)


def quieten_libraries() -> None:
    """Imports transformers; from then on only our own lines are printed."""
    warnings.filterwarnings("ignore")
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    for name in ("accelerate", "datasets", "huggingface_hub", "torch", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
