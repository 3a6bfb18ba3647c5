"""Training jobs as the platform runs them: the source archive's tree, channels, `SM_*`, the script in a process."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forkserver import python
from tests.tiny_model import build

ROOT = Path(__file__).parents[3]
LABELS = ["negative", "positive"]
WORDS = {"positive": ("good", "great", "lovely"), "negative": ("bad", "awful", "dull")}


def rows(count: int, seed: int = 0) -> list[dict[str, str]]:
    source = random.Random(seed)
    return [
        {
            "text": " ".join(
                source.choices((*WORDS[label], "film"), k=source.randint(2, 12))
            )
            + f" {words[0]}",
            "label": label,
        }
        for label, words in (source.choice(list(WORDS.items())) for _ in range(count))
    ]


@dataclass(frozen=True)
class Job:
    base: Path

    @classmethod
    def prepare(cls, folder: Path, validation: int = 0, **hyperparameters: Any) -> Job:
        job = cls(folder)
        for name, count in (("train", 96), ("test", 24), ("validation", validation)):
            if count:
                job.write(
                    name, "".join(json.dumps(row) + "\n" for row in rows(count, count))
                )
        (job.channel("spec")).mkdir(parents=True)
        spec = {
            "run": "r-1",
            "model": "films",
            "task": "text-classification",
            "labels": LABELS,
            "base_model": "org/tiny",
            # A graph takes longer than such a training; the tests of graphs ask for one.
            "serving": {"engine": "torch"},
        }
        (job.channel("spec") / "spec.json").write_text(
            json.dumps(spec | {"hyperparameters": hyperparameters})
        )
        build(job.channel("base"))
        job._unpack_source()
        return job

    def wants_a_graph(self) -> Job:
        path = self.channel("spec") / "spec.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"serving": {}}))
        return self

    def channel(self, name: str) -> Path:
        return self.base / "input" / "data" / name

    def write(self, channel: str, text: str) -> None:
        self.channel(channel).mkdir(parents=True, exist_ok=True)
        (self.channel(channel) / "rows.jsonl").write_text(text, "utf-8")

    def output(self, name: str) -> Any:
        return json.loads((self.base / "output" / "data" / name).read_text("utf-8"))

    def start(
        self,
        *argv: str,
        launcher: Sequence[str] = (),
        interpreter: str = "",
        **environment: str,
    ) -> subprocess.Popen[str]:
        """Starts the script; `interpreter` other than the fork server's is for a job that shadows a library."""
        channels = {
            f"SM_CHANNEL_{path.name.upper()}": str(path)
            for path in (self.base / "input" / "data").iterdir()
        }
        kept = {
            name: value for name, value in os.environ.items() if name != "PYTHONPATH"
        }
        places = {
            "SM_MODEL_DIR": str(self.base / "model"),
            "SM_OUTPUT_DIR": str(self.base / "output"),
            "SM_OUTPUT_DATA_DIR": str(self.base / "output" / "data"),
            "SAGEMAKER_PROGRAM": "train.py",
        }
        return subprocess.Popen(
            [interpreter or python(), *launcher, "train.py", *argv],
            cwd=self.base / "code",
            env=kept | channels | places | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        *argv: str,
        launcher: Sequence[str] = (),
        interpreter: str = "",
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(
            *argv, launcher=launcher, interpreter=interpreter, **environment
        )
        output, errors = process.communicate(timeout=240)
        return subprocess.CompletedProcess(
            process.args, process.returncode, output, errors
        )

    def _unpack_source(self) -> None:
        code = self.base / "code"
        for package in ("training", "inference", "tasks", "contracts"):
            shutil.copytree(
                ROOT / package,
                code / package,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        for file in ("train.py", "requirements.txt", "constraints.txt"):
            shutil.copy(ROOT / "training" / file, code)
