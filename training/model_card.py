"""`README.md` of a model directory, in the Hub's format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def model_card(evaluation: Mapping[str, Any], title: str, base_model: str, hyperparameters: Mapping[str, Any]) -> str:
    """Front matter (JSON is YAML), then what the model is, how good and how made. No licence: none is known."""
    front = "\n".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in _front(evaluation, title, base_model)
    )
    return f"---\n{front}\n---\n\n" + "\n\n".join(_sections(evaluation, title, base_model, hyperparameters)) + "\n"


def _front(evaluation: Mapping[str, Any], title: str, base_model: str) -> list[tuple[str, Any]]:
    metrics = [{"type": name, "value": round(value, 4)} for name, value in evaluation["model"].items()]
    result = {
        "task": {"type": evaluation["task"]},
        "dataset": {"name": title, "type": title, "split": "test"},
        "metrics": metrics,
    }
    return [
        ("library_name", "transformers"),
        ("pipeline_tag", evaluation["task"]),
        *([("base_model", base_model)] if base_model else []),
        ("tags", ["traindrop"]),
        ("metrics", list(evaluation["model"])),
        ("model-index", [{"name": title, "results": [result]}]),
    ]


def _sections(
    evaluation: Mapping[str, Any], title: str, base_model: str, hyperparameters: Mapping[str, Any]
) -> list[str]:
    training = evaluation["training"]
    return [
        f"# {title}",
        f"A {evaluation['task']} model, fine-tuned from {_code(base_model) if base_model else 'a base model'} "
        "by Traindrop.",
        "## Evaluation",
        f"On {evaluation['rows']:,} held-out rows; the {evaluation['task']} gate compares {evaluation['metric']}.",
        _scores(evaluation),
        *_labels(evaluation.get("labels") or []),
        "## Training",
        f"{training['rows']:,} rows, {training['epochs']:g} epochs, {training['seconds']:.0f} s "
        f"({training['rows_per_second']:.0f} rows/s) on {training['device']}.",
        _table(("hyperparameter", "value"), [(_code(name), str(value)) for name, value in hyperparameters.items()]),
        "## Versions",
        ", ".join(f"{name} {number}" for name, number in evaluation["versions"].items()),
        "## Limits",
        "It knows only the kind of text it was trained on. How it treats other text was not measured.",
    ]


def _labels(labels: Sequence[str]) -> list[str]:
    return ["## Labels", "\n".join(f"- {_code(label)}" for label in labels)] if labels else []


def _scores(evaluation: Mapping[str, Any]) -> str:
    names = list(evaluation["model"])
    rivals = [each for each in evaluation["baselines"].values() if each]
    rows = [("this model", evaluation["model"]), *((each["name"], each["metrics"]) for each in rivals)]
    return _table(("", *names), [(name, *(f"{found[metric]:.4f}" for metric in names)) for name, found in rows])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"
