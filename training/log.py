"""Readable log lines, and everything else that would talk silenced."""

from __future__ import annotations

import logging
import os
import time
import warnings

from tasks.progress import metric_line

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


def quieten_environment() -> None:
    """Before the libraries are imported: no progress bars, no advice, no telemetry."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    warnings.filterwarnings("ignore")


def quieten_libraries() -> None:
    """After they are imported."""
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    for name in ("accelerate", "datasets", "huggingface_hub", "torch", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
