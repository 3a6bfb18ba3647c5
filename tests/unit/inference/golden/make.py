"""Answers of pipelines that transformers 5 has no more, by the last version that had them.

How to make `answers.json` again, from the top of the repository:

    .venv/bin/python -m tests.unit.inference.golden.make build /tmp/golden
    python3.11 -m venv /tmp/golden-venv && /tmp/golden-venv/bin/pip install torch==2.13.0 transformers==4.57.6
    /tmp/golden-venv/bin/python tests/unit/inference/golden/make.py answer /tmp/golden
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REQUESTS = HERE / "requests.json"
ANSWERS = HERE / "answers.json"


def build(folder: Path) -> None:
    from tests.tiny_models import build_reader, build_writer  # noqa: PLC0415

    build_reader(folder / "reader")
    build_writer(folder / "writer")


def answer(folder: Path) -> None:
    import transformers  # noqa: PLC0415

    made = []
    for task, requests in json.loads(REQUESTS.read_text("utf-8")).items():
        # The name of the class that this folder's tokenizer has in version 5 is unknown to version 4.
        model = folder / ("reader" if task == "question-answering" else "writer")
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(model)
        pipeline = transformers.pipeline(
            task, model=str(model), tokenizer=tokenizer, device="cpu"
        )
        made += [
            {"task": task, **request, "answer": _answer(pipeline, task, **request)}
            for request in requests
        ]
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in made)
    version = json.dumps(f"transformers {transformers.__version__}")
    ANSWERS.write_text(f'{{"by": {version}, "answers": [\n{lines}\n]}}\n', "utf-8")


def _answer(
    pipeline: Any, task: str, inputs: Any, parameters: dict[str, Any] | None = None
) -> Any:
    named = isinstance(inputs, dict) and task == "question-answering"
    return (
        pipeline(**inputs, **(parameters or {}))
        if named
        else pipeline(inputs, **(parameters or {}))
    )


if __name__ == "__main__":
    {"build": build, "answer": answer}[sys.argv[1]](Path(sys.argv[2]))
