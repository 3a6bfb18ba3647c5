"""The model of all servers: MiniLM fine-tuned on film reviews, with and without a graph, cached in `.bench`.

Each is made when it is first needed, in a process of its own: `python -m benchmarks.serving_model train <folder>`, or
`answer <model> <file>` for the answers of plain transformers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.serving_texts import texts
from training.packaging.packing import pack_code

CACHE = ROOT / ".bench" / "serving-2"
"""The number is a version: raise it when this module makes other files."""
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
    """`largest` is the largest difference between scores of the label that plain transformers gives."""

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
        _run(
            "training.packaging.onnx_export", str(unfinished), "--precision", precision
        )
    except subprocess.CalledProcessError as error:
        raise NotHereError(
            f"expected training.packaging.onnx_export to make the {precision} graph; {error}"
        ) from None
    unfinished.rename(folder)
    return folder


def packed(precision: str) -> Path:
    """The model folder of an archive as a training job packs it: the graph, ONNX Runtime, the code that serves them."""
    folder = CACHE / f"{precision}-archive"
    if not folder.is_dir():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(exported(precision), unfinished)
        pack_code(unfinished)
        unfinished.rename(folder)
    return folder


def reference() -> list[Answer]:
    """The answers of plain transformers to each text, one by one."""
    path = CACHE / "reference.json"
    if not path.is_file():
        _run("benchmarks.serving_model", "answer", str(prepared()), str(path))
    answers = json.loads(path.read_text("utf-8"))
    return [Answer(**fields) for fields in answers]


def agreement(pairs: Sequence[tuple[Answer, Answer]]) -> Agreement:
    """Compares answers of a server with those of plain transformers, which come second in each pair."""
    equal_labels = sum(answer.label == expected.label for answer, expected in pairs)
    differences = [_difference(answer, expected) for answer, expected in pairs]
    return Agreement(len(pairs), equal_labels, max(differences, default=0.0))


def _difference(answer: Answer, expected: Answer) -> float:
    """Of the expected label's scores. There are two labels, whose scores add up to 1."""
    score = answer.score if answer.label == expected.label else 1 - answer.score
    return abs(score - expected.score)


def _run(module: str, *arguments: str) -> None:
    print(f"{module} {' '.join(arguments)}", file=sys.stderr, flush=True)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *arguments], cwd=ROOT, check=True
    )


def train(folder: Path) -> None:
    """Fine-tunes with the bare loop of the training benchmark, and saves model and tokenizer into `folder`."""
    from benchmarks.training_peers import Trial, fine_tune  # noqa: PLC0415

    unfinished = folder.with_suffix(".unfinished")
    model, tokenizer = fine_tune(Trial(ROWS, EPOCHS, SEED, folder))
    model.config.id2label = dict(enumerate(LABELS))
    model.config.label2id = {label: number for number, label in enumerate(LABELS)}
    model.eval().save_pretrained(unfinished)
    tokenizer.save_pretrained(unfinished)
    unfinished.rename(folder)


def answer(model: Path, path: Path) -> None:
    """Writes the answers of plain transformers to all texts into `path`, as JSON."""
    answers = plain_answers(model, texts())
    path.write_text(json.dumps(list(map(asdict, answers))), "utf-8")


def plain_answers(model: Path, inputs: Sequence[str]) -> list[Answer]:
    """The answers of transformers' pipeline, each text by itself."""
    from transformers import pipeline  # noqa: PLC0415

    classify = pipeline("text-classification", str(model))
    answers = []
    for text in inputs:
        best = classify(text)[0]
        answers.append(Answer(best["label"], best["score"]))
    return answers


def main(command: str, *paths: str) -> None:
    commands: dict[str, Callable[..., None]] = {"train": train, "answer": answer}
    run = commands[command]
    run(*map(Path, paths))


if __name__ == "__main__":
    main(*sys.argv[1:])
