"""`README.md` of a model directory, in the Hub's format."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tasks import get_task
from training.report.html import metric_name, plain

LABELS = 100
FEW_ROWS = 100
PIPELINES = {
    "text-classification": "model({inputs})",
    "token-classification": 'model({inputs}, aggregation_strategy="simple")',
    "text-generation": "model({inputs}, max_new_tokens=64)",
    "fill-mask": 'model({inputs}.replace("<mask>", model.tokenizer.mask_token))',
}
"""Tasks of which every transformers that can load the model has a pipeline that answers as the endpoint does."""
USES = {
    "text-classification": "Says to which class a text belongs.",
    "text-classification/multi-label": "Says which classes a text belongs to: none, one or several.",
    "text-classification/regression": "Gives a text a number, in the unit of the rows it was trained on.",
    "token-classification": "Finds entities in a text, and says of which kind they are.",
    "question-answering": "Finds the answer to a question in a given context; it knows nothing else.",
    "summarization": "Writes a summary of a document.",
    "translation": "Translates a text, in the one direction it was trained for.",
    "text2text-generation": "Answers a text with a text, as in the rows it was trained on.",
    "text-generation": "Goes on with a text, completes a prompt or answers in a chat, as the rows it learned.",
    "fill-mask": "Guesses hidden words; a base to fine-tune from, for texts of the kind it was trained on.",
    "feature-extraction": "Turns texts into vectors that are near where texts are alike.",
}


@dataclass(frozen=True)
class Made:
    """How the model came to be: what the card says besides `evaluation.json`."""

    title: str
    base_model: str = ""
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""


def model_card(evaluation: Mapping[str, Any], made: Made) -> str:
    """Front matter (JSON is YAML), then what the model is, how good and how made. No licence: none is known."""
    front = "\n".join(
        f"{key}: {plain(json.dumps(value, ensure_ascii=False))}" for key, value in _front(evaluation, made)
    )
    return f"---\n{front}\n---\n\n" + "\n\n".join(filter(None, _sections(evaluation, made))) + "\n"


def _front(evaluation: Mapping[str, Any], made: Made) -> list[tuple[str, Any]]:
    finite = {name: value for name, value in evaluation["model"].items() if math.isfinite(value)}
    metrics = [{"type": name, "value": round(value, 4), "name": metric_name(name)} for name, value in finite.items()]
    result = {
        "task": {"type": evaluation["task"]},
        "dataset": {"name": made.title, "type": made.title, "split": "test"},
        "metrics": metrics,
    }
    return [
        ("library_name", "transformers"),
        ("pipeline_tag", evaluation["task"]),
        *([("base_model", made.base_model)] if made.base_model else []),
        ("tags", ["traindrop"]),
        ("metrics", list(finite)),
        ("model-index", [{"name": made.title, "results": [result]}]),
    ]


def _sections(evaluation: Mapping[str, Any], made: Made) -> list[str]:
    base = _code(made.base_model) if made.base_model else "a base model"
    return [
        f"# {_text(made.title)}",
        f"A {evaluation['task']} model, fine-tuned from {base} by Traindrop.",
        "## Intended use",
        _use(evaluation),
        "## How to use it",
        *_usage(evaluation, made),
        *_labels(evaluation.get("labels") or []),
        "## Data",
        _data(evaluation),
        "## Evaluation",
        f"On {evaluation['rows']:,} held-out rows; the {evaluation['task']} gate compares {evaluation['metric']}.",
        _scores(evaluation),
        "In brackets: 95 % intervals, from resampling the held-out rows." if evaluation.get("intervals") else "",
        *_serving(evaluation.get("serving") or {}),
        *_training(evaluation, made.hyperparameters),
        "## Limits",
        " ".join(_limits(evaluation)),
        "## More",
        "`report.html`, beside the job's results, has curves, confusions and the worst answers"
        + (f"; the API has it under {_code(f'/runs/{made.run}/report')}." if made.run else "."),
    ]


def _use(evaluation: Mapping[str, Any]) -> str:
    task = evaluation["task"]
    return USES.get(f"{task}/{evaluation.get('variant', '')}") or USES.get(task, "What it was trained for.")


def _usage(evaluation: Mapping[str, Any], made: Made) -> list[str]:
    """Through the API, and, where there is a pipeline of the kind, in Python."""
    task = evaluation["task"]
    inputs = json.dumps(get_task(task, evaluation.get("variant", "")).example_inputs, ensure_ascii=False)
    address = f'f"{{API_URL}}/models/{quote(made.title, safe="")}/predict"'
    request = (
        f'import requests\n\nanswer = requests.post({address}, headers={{"x-api-key": API_KEY}}, '
        f'json={{"inputs": {inputs}}})\nprint(answer.json())'
    )
    found = ["Where Traindrop serves it:", _python(request)]
    if task in PIPELINES:
        call = PIPELINES[task].replace("{inputs}", inputs)
        code = f'from transformers import pipeline\n\nmodel = pipeline("{task}", model="this/folder")\nprint({call})'
        found += ["From its files:", _python(code)]
    return found


def _python(code: str) -> str:
    return f"```python\n{code}\n```"


def _labels(labels: Sequence[str]) -> list[str]:
    if not labels:
        return []
    more = [f"- … and {len(labels) - LABELS:,} more, in `config.json`"] if len(labels) > LABELS else []
    return ["## Labels", "\n".join([*(f"- {_code(label)}" for label in labels[:LABELS]), *more])]


def _data(evaluation: Mapping[str, Any]) -> str:
    trained = f"{evaluation['training']['rows']:,} rows were trained on and {evaluation['rows']:,} others held out."
    leaked = (evaluation.get("leakage") or {}).get("train")
    return f"{trained} {leaked:,} rows that stand among those were left out of training." if leaked else trained


def _serving(found: Mapping[str, Any]) -> list[str]:
    """Of the graph that lies beside the weights, if one does."""
    if "values" not in found:
        return []
    lines = [(name, f"{value:.4f}", f"{found['bytes'][name] / 1e6:,.1f} MB") for name, value in found["values"].items()]
    about = "`onnx/` holds the model as a graph for ONNX Runtime, inputs and outputs named as the model's are"
    measured = f"On {found['rows']:,} held-out rows"
    return [
        "## Graph",
        f"{about}, in {found['precision']}. {measured}:",
        _table(("", found["metric"], "size"), lines),
    ]


def _training(evaluation: Mapping[str, Any], hyperparameters: Mapping[str, Any]) -> list[str]:
    training = evaluation["training"]
    return [
        "## Training",
        f"{training['rows']:,} rows, {training['epochs']:g} epochs, {training['seconds']:.0f} s "
        f"({training['rows_per_second']:.0f} rows/s) on {training['device']}.",
        _table(("hyperparameter", "value"), [(_code(name), str(value)) for name, value in hyperparameters.items()]),
        "## Versions",
        ", ".join(f"{name} {number}" for name, number in evaluation["versions"].items()),
    ]


def _limits(evaluation: Mapping[str, Any]) -> list[str]:
    """What holds of every model, then what the numbers show of this one."""
    found = ["It knows only the kind of text it was trained on. How it treats other text was not measured."]
    if evaluation["rows"] < FEW_ROWS:
        found.append(f"{evaluation['rows']:,} held-out rows are few: its quality is only roughly known.")
    calibration = evaluation.get("calibration")
    if calibration:
        found.append(f"Its scores differ from the share of right answers by {calibration['ece']:.3f} on average.")
    return found


def _scores(evaluation: Mapping[str, Any]) -> str:
    names, intervals = list(evaluation["model"]), evaluation.get("intervals") or {}
    rivals = {**evaluation["baselines"], "champion": evaluation.get("champion")}
    rows = [("this model", evaluation["model"], intervals.get("model") or {})]
    rows += [
        (each.get("name") or each.get("run") or kind, each["metrics"], intervals.get(kind) or {})
        for kind, each in rivals.items()
        if each
    ]
    lines = [(name, *(_score(found, near, metric) for metric in names)) for name, found, near in rows]
    return _table(("", *names), lines)


def _score(found: Mapping[str, float], near: Mapping[str, Sequence[float]], metric: str) -> str:
    if metric not in found:
        return "–"
    interval = near.get(metric)
    return f"{found[metric]:.4f}" + (f" ({interval[0]:.4f} to {interval[1]:.4f})" if interval else "")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(_line(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _text(text: str) -> str:
    """A line that is shown as it is: Markdown has HTML in it."""
    return _line(text).replace("&", "&amp;").replace("<", "&lt;")


def _code(text: str) -> str:
    """In as many backticks as it takes."""
    shown = _line(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    space = " " if longest else ""
    return f"{'`' * (longest + 1)}{space}{shown}{space}{'`' * (longest + 1)}"
