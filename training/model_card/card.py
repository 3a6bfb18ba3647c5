"""Renders the model card from `template.md.j2`, where its texts are."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

from huggingface_hub import EvalResult, ModelCard, ModelCardData
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.evaluation import Evaluation
from tasks import get_task
from training.report.headline import ComparedModel, compared_models, evaluated_model
from training.report.text import metric_name, number, one_line, plain

MAX_LABELS = 100
FEW_ROWS = 100
"""Held-out rows below which the card calls the quality roughly known."""


@dataclass(frozen=True)
class CardInfo:
    """How the model was made: what the card says besides `evaluation.json`."""

    title: str
    base_model: str = ""
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    run: str = ""


def model_card(evaluation: Evaluation, info: CardInfo) -> str:
    """The card, front matter included. It names no licence: none is known."""
    task = get_task(evaluation.task, evaluation.variant)
    inputs = json.dumps(task.example_inputs, ensure_ascii=False)
    text = (
        _environment()
        .get_template("template.md.j2")
        .render(
            card_data=_card_data(evaluation, info).to_yaml(),
            evaluation=evaluation,
            info=info,
            task=task,
            inputs=inputs,
            pipeline_call=task.pipeline_call.replace("{inputs}", inputs),
            models=[
                evaluated_model(evaluation),
                *reversed(compared_models(evaluation)),
            ],
            max_labels=MAX_LABELS,
            few_rows=FEW_ROWS,
        )
    )
    return str(ModelCard(text))


def _card_data(evaluation: Evaluation, info: CardInfo) -> ModelCardData:
    """The front matter; it leaves out metrics that are not finite."""
    metrics = {
        name: value for name, value in evaluation.model.items() if math.isfinite(value)
    }
    title = plain(info.title)
    result = partial(
        EvalResult,
        task_type=evaluation.task,
        dataset_name=title,
        dataset_type=title,
        dataset_split="test",
    )
    results = []
    for name, value in metrics.items():
        results.append(
            result(
                metric_type=name,
                metric_value=round(value, 4),
                metric_name=metric_name(name),
            )
        )
    return ModelCardData(
        library_name="transformers",
        pipeline_tag=evaluation.task,
        base_model=plain(info.base_model) or None,
        tags=["traindrop"],
        metrics=list(metrics),
        model_name=title,
        eval_results=results,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "cell": _cell,
        "code": _code,
        "markdown": _markdown,
        "number": number,
        "path_segment": _path_segment,
    }
    environment.globals["score"] = _score
    return environment


def _score(model: ComparedModel, metric: str) -> str:
    """The metric's value with its interval in brackets, as far as the model has them."""
    if metric not in model.metrics:
        return "–"
    value = f"{model.metrics[metric]:.4f}"
    if interval := model.intervals.get(metric):
        value += f" ({interval[0]:.4f} to {interval[1]:.4f})"
    return value


def _markdown(text: object) -> str:
    """One line that Markdown shows as it is: Markdown may hold HTML."""
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;")


def _cell(text: object) -> str:
    """One line that fits into a cell of a table."""
    return one_line(text).replace("|", "\\|")


def _code(text: object) -> str:
    """Inline code, between one backtick more than the text has in a row."""
    line = one_line(text)
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    space = " " if longest else ""
    fence = "`" * (longest + 1)
    return f"{fence}{space}{line}{space}{fence}"


def _path_segment(name: str) -> str:
    return quote(name, safe="")
