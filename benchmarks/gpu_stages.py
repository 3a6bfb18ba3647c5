"""The stages of the GPU benchmark, each in a process of its own: `python -m benchmarks.gpu_stages <stage> <options>`.

Prints a JSON line for each measurement as it comes: `{"row", "figures"}`, or `{"row", "skipped"}` with a reason.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import gpu_jobs, gpu_serving, gpu_training
from benchmarks.gpu_cases import CASES, Options, prepare

RESULT = "RESULT "
DEVICE_ROW = "device"
EndsBefore = Callable[[float], bool]
Results = Iterator[tuple[str, dict[str, Any] | str]]


@dataclass(frozen=True)
class Stage:
    """`seconds` is its share of eight minutes; what one leaves over, the next may use.

    `rows` are what it measures. `compared_with` names the row that another is compared with, None without one.
    """

    name: str
    seconds: int
    rows: tuple[str, ...]
    run: Callable[[Options, EndsBefore], Results]
    compared_with: Callable[[str], str | None] = lambda row: None
    all_gpus: bool = False


def _facts(options: Options, ends_before: EndsBefore) -> Results:
    """Also prepares what the other stages need."""
    import torch  # noqa: PLC0415

    if options.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit(
            "expected a GPU that torch can use; found none. Say --device cpu."
        )
    facts: dict[str, Any] = {"python": platform.python_version(), **prepare(options)}
    for package in ("torch", "transformers", "accelerate"):
        facts[package] = version(package)
    facts["name"] = "cpu"
    if options.device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        facts |= {
            "name": properties.name,
            "capability": f"{properties.major}.{properties.minor}",
            "memory_mb": properties.total_memory // 2**20,
            "count": torch.cuda.device_count(),
            "cuda": torch.version.cuda,
            "driver": _driver(),
        }
    yield DEVICE_ROW, facts


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"unknown ({type(error).__name__})"
    return done.stdout.splitlines()[0].strip()


def _of_case(
    run: Callable[..., Results], case: str
) -> Callable[[Options, EndsBefore], Results]:
    return partial(run, CASES[case])


def _ours_in_bf16(row: str) -> str:
    return gpu_training.PACKED_WAY


def _ours_at_this_batch(row: str) -> str | None:
    _, comma, batch = row.partition(", ")
    return f"ours, {batch}" if comma else None


def _one_process(row: str) -> str:
    return gpu_jobs.PROCESS_ROWS[0]


_WAYS = tuple(gpu_training.WAYS)
_SERVED = (*gpu_serving.ROWS, gpu_serving.AGREEMENT_ROW)
_ALL = (
    Stage("device", 40, (DEVICE_ROW,), _facts, all_gpus=True),
    Stage(
        "train-classification",
        85,
        _WAYS,
        _of_case(gpu_training.run, "classification"),
        _ours_in_bf16,
    ),
    Stage(
        "train-generation",
        115,
        _WAYS,
        _of_case(gpu_training.run, "generation"),
        _ours_in_bf16,
    ),
    Stage(
        "serve-classification",
        35,
        _SERVED,
        _of_case(gpu_serving.run, "classification"),
        _ours_at_this_batch,
    ),
    Stage(
        "serve-generation",
        55,
        _SERVED,
        _of_case(gpu_serving.run, "generation"),
        _ours_at_this_batch,
    ),
    Stage(
        "two-processes",
        30,
        gpu_jobs.PROCESS_ROWS,
        _of_case(gpu_jobs.run_distributed, "classification"),
        _one_process,
        all_gpus=True,
    ),
    Stage(
        "resume",
        120,
        gpu_jobs.RESUMED_ROWS,
        _of_case(gpu_jobs.run_resumed, "classification"),
    ),
)
STAGES = {stage.name: stage for stage in _ALL}


def main(name: str, options_json: str, seconds: str) -> None:
    """`seconds` are those until the stage is killed."""
    from training.common import log, thread_settings  # noqa: PLC0415

    deadline = time.monotonic() + float(seconds)
    thread_settings.apply()
    fields = json.loads(options_json)
    options = Options(**{**fields, "folder": Path(fields["folder"])})
    if name != "device":
        log.quieten_libraries()
    for row, result in STAGES[name].run(
        options, lambda needed: time.monotonic() + needed < deadline
    ):
        key = "skipped" if isinstance(result, str) else "figures"
        print(RESULT + json.dumps({"row": row, key: result}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
