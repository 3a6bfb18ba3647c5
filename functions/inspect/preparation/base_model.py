"""Whether the base model that a drop names can do its task, as far as its `config.json` can be read before training."""

from __future__ import annotations

import json

from contracts.locations import MODEL_CONFIG, mirror_prefix
from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.preparation.base import InspectionContext
from functions.inspect.settings_file import Hub
from tasks import Task, names_of
from tasks.architectures import SUGGESTIONS, can_learn

_KEY, _SEARCHED_KEY = "base_model", "search.base_models"


def unfit_base_model(context: InspectionContext, task: Task) -> Problem | None:
    """The problem of a base model of another kind; None where all fit, or where nothing says what they are."""
    options = context.options
    named = [(_KEY, options.base_model)] if options.base_model else []
    named += [(_SEARCHED_KEY, name) for name in options.search.get("base_models", ())]
    problems = (_problem(context, task, key, model_id) for key, model_id in named)
    return next(filter(None, problems), None)


def _problem(
    context: InspectionContext, task: Task, key: str, model_id: str
) -> Problem | None:
    model_type = _mirrored_type(context, model_id) or _published_type(context, model_id)
    if not model_type or can_learn(task, model_type):
        return None
    one, other = SUGGESTIONS[task.family]
    return context.options.problem(
        key,
        f"a base model that can do {names_of(task)[0]}",
        f"{quoted(model_id)}, of the architecture {model_type}, which cannot",
        f"Choose another, such as {one} or {other}.",
        context.settings_file,
    )


def _mirrored_type(context: InspectionContext, model_id: str) -> str:
    """The architecture of the mirror in the data bucket; empty where there is none."""
    key = f"{mirror_prefix(model_id)}{MODEL_CONFIG}"
    for mirrored in context.storage.list(key):
        if mirrored.key == key:
            with context.storage.open(key, mirrored.version_id) as stream:
                return _type_in(stream.read())
    return ""


def _type_in(config: bytes) -> str:
    try:
        value = json.loads(config)
    except ValueError:
        return ""
    return str(value.get("model_type") or "") if isinstance(value, dict) else ""


def _published_type(context: InspectionContext, model_id: str) -> str:
    """The architecture that the Hub knows. A Hub that does not answer is no problem: the job may reach it."""
    model = context.look_up_in_hub(Hub(model_id=model_id))
    return "" if isinstance(model, Problem) else model.model_type
