"""`python -m tests.integration.training.lives`: whole jobs that are broken off and started anew, each life a process.

Reads lines of JSON, `{"base", "argv", "breaks": [{"text", "count", "seconds", "signals"}]}`: a life is sent signals
some time after it printed a text so many times; SIGKILL goes to all that it started. After the breaks one more life
ends by itself. Answers with a line of JSON each: exit codes and what was printed. Processes are forked from this one,
which has imported what takes seconds, and have no baseline, which would take more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO, Any

import transformers

import training.fine_tuning.trainer
from training import job
from training.evaluation import comparisons

assert transformers.Trainer
assert training.fine_tuning.trainer

PAUSE = 0.02
"""Between two signals."""

CHANNELS = ("train", "test", "validation", "spec", "base")


class NoBaseline:
    def __init__(self, *_: Any) -> None: ...

    def result(self) -> None: ...

    def stop(self) -> None: ...


def environment(base: Path) -> dict[str, str]:
    channels = {name: base / "input" / "data" / name for name in CHANNELS}
    return {
        "SM_MODEL_DIR": str(base / "model"),
        "SM_OUTPUT_DIR": str(base / "output"),
        "SM_OUTPUT_DATA_DIR": str(base / "output" / "data"),
        **{
            f"SM_CHANNEL_{name.upper()}": str(path)
            for name, path in channels.items()
            if path.is_dir()
        },
    }


def start(base: Path, argv: list[str]) -> tuple[int, IO[str]]:
    """The life's process, which leads its group, and what it prints."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, os.fdopen(reading)
    os.setsid()
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.environ |= environment(base)
    sys.argv = ["train.py", *argv]
    vars(comparisons)["ReferenceBaseline"] = NoBaseline
    try:
        code = job.main()
    except SystemExit as end:
        code = int(end.code or 0)
    sys.stdout.flush()
    os._exit(code)


def live(base: Path, argv: list[str], broken: dict[str, Any] | None) -> tuple[int, str]:
    process, printed = start(base, argv)
    text = ""
    with printed:
        for line in printed:
            text += line
            if broken and text.count(broken["text"]) >= broken["count"]:
                time.sleep(broken["seconds"])
                send(process, broken["signals"])
                broken = None
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), text


def send(process: int, signals: list[int]) -> None:
    for number in signals:
        if number == signal.SIGKILL:
            os.killpg(process, number)
        else:
            os.kill(process, number)
        time.sleep(PAUSE)


def lives(order: dict[str, Any]) -> dict[str, Any]:
    ended = [
        live(Path(order["base"]), order["argv"], broken)
        for broken in [*order["breaks"], None]
    ]
    return {"codes": [code for code, _ in ended], "texts": [text for _, text in ended]}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(lives(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
