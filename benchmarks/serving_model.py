"""The model all servers have: MiniLM fine-tuned on film reviews, with and without graphs, kept in `.bench`.

`python -m benchmarks.serving_model` makes what is missing.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.serving_texts import texts

CACHE = ROOT / ".bench" / "serving-1"
"""The number is of what this module makes: raise it when that changes."""
LABELS = ("NEGATIVE", "POSITIVE")
ROWS, EPOCHS, SEED = 960, 2, 0
PRECISIONS = ("float32", "int8")


class NotHereError(RuntimeError):
    """Something cannot be measured on this machine; the message says what is missing."""


@dataclass(frozen=True)
class Answer:
    label: str
    score: float


@dataclass(frozen=True)
class Agreement:
    """`largest` is the largest difference of a score, of the label that plain transformers gives."""

    answers: int
    equal_labels: int
    largest: float


def prepared() -> Path:
    """The folder of the fine-tuned model, as `save_pretrained` leaves it."""
    folder = CACHE / "torch"
    if not folder.is_dir():
        _run("benchmarks.serving_model", "train", str(folder))
    return folder


def exported(precision: str) -> Path:
    """A copy of the model with its graph. Raises `NotHereError` where the graph cannot be made."""
    folder = CACHE / precision
    if folder.is_dir():
        return folder
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(prepared(), unfinished)
    try:
        _run("training.packaging.onnx_export", str(unfinished), "--precision", precision)
    except subprocess.CalledProcessError as error:
        raise NotHereError(f"expected training.packaging.onnx_export to make the {precision} graph; {error}") from None
    unfinished.rename(folder)
    return folder


def reference() -> list[Answer]:
    """What plain transformers answers to each text, one by one."""
    path = CACHE / "reference.json"
    if not path.is_file():
        _run("benchmarks.serving_model", "answer", str(prepared()), str(path))
    return [Answer(**each) for each in json.loads(path.read_text("utf-8"))]


def agreement(pairs: Sequence[tuple[Answer, Answer]]) -> Agreement:
    """Of pairs of what a server and plain transformers said; there are two labels."""
    equal = sum(found.label == wanted.label for found, wanted in pairs)
    return Agreement(len(pairs), equal, max((_difference(*pair) for pair in pairs), default=0.0))


def _difference(found: Answer, wanted: Answer) -> float:
    score = found.score if found.label == wanted.label else 1 - found.score
    return abs(score - wanted.score)


def _run(module: str, *arguments: str) -> None:
    print(f"{module} {' '.join(arguments)}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-W", "ignore", "-m", module, *arguments], cwd=ROOT, check=True)


def train(folder: Path) -> None:
    """Fine-tunes as the bare loop of the training's benchmark does."""
    from benchmarks.training_peers import Trial, fitted  # noqa: PLC0415

    unfinished = folder.with_suffix(".unfinished")
    model, tokenizer = fitted(Trial(ROWS, EPOCHS, SEED, folder))
    model.config.id2label = dict(enumerate(LABELS))
    model.config.label2id = {label: number for number, label in enumerate(LABELS)}
    model.eval().save_pretrained(unfinished)
    tokenizer.save_pretrained(unfinished)
    unfinished.rename(folder)


def answer(folder: Path, path: Path) -> None:
    answers = plain(folder, texts())
    path.write_text(json.dumps([asdict(each) for each in answers]), "utf-8")


def plain(folder: Path, asked: Sequence[str]) -> list[Answer]:
    """The pipeline's answers, each text by itself."""
    from transformers import pipeline  # noqa: PLC0415

    classify = pipeline("text-classification", str(folder))
    return [Answer(**classify(text)[0]) for text in asked]


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(Path(sys.argv[2]))
    else:
        answer(Path(sys.argv[2]), Path(sys.argv[3]))
