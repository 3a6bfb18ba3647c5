"""Training scripts of users' own, in jobs as Start training asks for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datasets import Dataset

from tests.integration.training.job import LABELS, Job, rows

TUTORIAL = Path(__file__).parents[2] / "tutorial"
BASE = "org/tiny"


def prepare(
    folder: Path, script: str, files: dict[str, str] | None = None, **spec: Any
) -> Job:
    """A job whose `code` channel holds the script and these files, and whose channels are saved datasets."""
    job = Job.prepare(folder)
    for name, count in (("train", 96), ("test", 24)):
        (job.channel(name) / "rows.jsonl").unlink()
        content = [
            {"text": row["text"], "label": LABELS.index(row["label"])}
            for row in rows(count, count)
        ]
        Dataset.from_list(content).save_to_disk(str(job.channel(name)))
    for name, text in {"train.py": script, **(files or {})}.items():
        path = job.channel("code") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    described = {
        "run": "r-1",
        "model": "films",
        "base_model": BASE,
        "script": True,
        "code": True,
        **spec,
    }
    (job.channel("spec") / "spec.json").write_text(json.dumps(described), "utf-8")
    return job


def failure(job: Job) -> str:
    return (job.base / "output" / "failure").read_text("utf-8")
