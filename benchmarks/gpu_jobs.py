"""Whole jobs in processes of their own: one that is killed and goes on, and one in two processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gpu_cases import Case, Options, first_gpu
from benchmarks.gpu_training import Figures
from benchmarks.processes import ROOT, stop
from contracts.locations import CHECKPOINTS_NAME, EVALUATION
from training.fine_tuning.manifest import MANIFEST

MANIFESTS = f"{CHECKPOINTS_NAME}/checkpoint-*/{MANIFEST}"
STEPS, TINY_STEPS = 600, 40
CHECKPOINT_SECONDS = 0.5
POLL_SECONDS = 0.01
PRECISIONS = ("bf16", "fp16")
RESUMED_ROWS = tuple(f"killed and resumed, {precision}" for precision in PRECISIONS)
PROCESSES = (1, 2)
PROCESS_ROWS = ("one process", "two processes")


class JobError(AssertionError):
    """A job did not do what it must."""


def run_resumed(
    case: Case, options: Options, ends_before: Callable[[float], bool]
) -> Iterator[tuple[str, Figures | str]]:
    for precision, row in zip(PRECISIONS, RESUMED_ROWS, strict=True):
        if precision == "fp16" and options.device == "cpu":
            yield row, "fp16 needs a GPU"
        elif ends_before(0):
            yield row, _resume(case, options, precision)


def run_distributed(
    case: Case, options: Options, ends_before: Callable[[float], bool]
) -> Iterator[tuple[str, Figures | str]]:
    """On a CPU two processes share it: that shows that it works, not how fast."""
    devices = _device_count(options.device)
    for processes, row in zip(PROCESSES, PROCESS_ROWS, strict=True):
        if devices < max(PROCESSES):
            yield row, f"expected two devices; found {devices}"
        elif ends_before(0):
            yield row, _whole_job(case, options, processes)


def _device_count(device: str) -> int:
    import torch  # noqa: PLC0415

    return torch.cuda.device_count() if device == "cuda" else max(PROCESSES)


def _start(
    case: Case,
    options: Options,
    output: Path,
    settings: dict[str, Any],
    launcher: Sequence[str],
) -> subprocess.Popen[bytes]:
    """In a process group of its own, with its output in `log.txt`."""
    arguments = [f"--{name}={json.dumps(value)}" for name, value in settings.items()]
    command = [sys.executable, "-W", "ignore", *launcher, "-m", "training.train"]
    output.mkdir(parents=True, exist_ok=True)
    visible = first_gpu() if options.device == "cuda" and not launcher else {}
    with (output / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=os.environ
            | visible
            | {"PYTHONPATH": str(ROOT)}
            | case.variables(options, output),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _resume(case: Case, options: Options, precision: str) -> Figures:
    """Kills a job after its first checkpoint and starts it again. Raises `JobError`."""
    output = case.folder(options) / f"resumed-{precision}"
    steps = TINY_STEPS if options.tiny else STEPS
    settings = {
        "max_steps": steps,
        "train_batch_size": case.batch,
        "checkpoint_seconds": 0 if options.tiny else CHECKPOINT_SECONDS,
        precision: True,
    }
    _kill_after_checkpoint(_start(case, options, output, settings, ()), output)
    before = len((output / "log.txt").read_text("utf-8"))
    started = time.monotonic()
    code = _wait(_start(case, options, output, settings, ()))
    seconds = time.monotonic() - started
    log = (output / "log.txt").read_text("utf-8")[before:]
    if code:
        raise JobError(
            f"expected the resumed job to end with 0; found {code}: {log[-500:]}"
        )
    return {**steps_of(log, steps), "seconds": seconds}


def steps_of(log: str, expected: int) -> Figures:
    """The steps of a resumed job, of its log. Raises `JobError` where it began anew or ended elsewhere."""
    resumed = re.search(r"Going on from the checkpoint at step ([\d,]+)", log)
    if resumed is None:
        raise JobError(
            f"expected the job to go on from a checkpoint; found none: {log[-500:]}"
        )
    first = int(resumed[1].replace(",", ""))
    reported = [int(step) for step in re.findall(r"\[metric\] step=(\d+)", log)]
    if not reported or reported[-1] != expected or min(reported) <= first:
        raise JobError(
            f"expected steps after {first} up to {expected}; found {reported}"
        )
    return {"resumed_at_step": first, "last_step": reported[-1]}


def _kill_after_checkpoint(job: subprocess.Popen[bytes], output: Path) -> None:
    """SIGKILL to the whole group. Raises `JobError` where the job ends before it."""
    try:
        while job.poll() is None and not any(output.glob(MANIFESTS)):
            time.sleep(POLL_SECONDS)
        os.killpg(job.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if job.wait() != -signal.SIGKILL:
        log = (output / "log.txt").read_text("utf-8", "replace")
        raise JobError(
            f"expected to kill the job after a checkpoint; it ended: {log[-500:]}"
        )


def _wait(job: subprocess.Popen[bytes]) -> int:
    try:
        return job.wait()
    finally:
        stop(job)


def _whole_job(case: Case, options: Options, processes: int) -> Figures:
    """Its training's speed, as the job reports it; the rows a step are the same. Raises `JobError`."""
    output = case.folder(options) / f"processes-{processes}"
    launcher = [
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        str(processes),
    ]
    settings = {
        "train_batch_size": case.batch // processes,
        "epochs": 1,
        "min_steps": 0,
    }
    job = _start(case, options, output, settings, launcher if processes > 1 else ())
    if _wait(job):
        log = (output / "log.txt").read_text("utf-8", "replace")
        raise JobError(
            f"expected the job to end with 0; found {job.returncode}: {log[-500:]}"
        )
    evaluation = json.loads((output / EVALUATION).read_text("utf-8"))
    (quality,) = [evaluation["model"][evaluation["metric"]]]
    return {
        "rows_per_second": evaluation["training"]["rows_per_second"],
        "quality": quality,
    }
