"""A model of the Hugging Face Hub: looked up, pinned to the commit it is at now, deployed."""

from __future__ import annotations

from contracts.problems import Problem
from contracts.spec import HubSource, Spec
from functions.adapters.hub import HubModel
from functions.inspect.preparation.base import (
    InspectionContext,
    PreparationResult,
    Rejection,
)
from functions.inspect.preparation.deployable import prepared, serving_code, upload
from functions.inspect.settings_file import Hub
from inference.packaging import has_tokenizer, has_weights
from tasks import TASKS, UnknownTaskError, find_task
from tasks.architectures import task_of_architecture


def prepare(context: InspectionContext) -> PreparationResult:
    wanted = context.options.hub
    assert wanted is not None
    model = context.look_up_in_hub(wanted)
    if isinstance(model, Problem):
        return Rejection.of(model, file=context.settings_file)
    task = _task_of(context, wanted, model)
    if isinstance(task, Problem):
        return Rejection.of(task, file=context.settings_file)
    if (
        problem := None
        if "model_fn" in context.code.hooks
        else _incomplete(wanted, model)
    ):
        return Rejection.of(problem, file=context.settings_file)
    upload(context, serving_code(context.code_files))
    source = HubSource(
        model_id=wanted.model_id,
        revision=model.commit,
        token_secret=wanted.token_secret,
    )
    revision_words = (
        f"at {model.commit[:12]}"
        if model.commit
        else "as it is when the endpoint starts"
    )
    reasons = [
        f"{wanted.model_id} of the Hub {revision_words}, for {task or 'its own task'}, without training."
    ]
    return prepared(
        context, Spec(task=task, hub=source), context.code, labels=[], reasons=reasons
    )


def _task_of(context: InspectionContext, wanted: Hub, model: HubModel) -> str | Problem:
    if named := wanted.task or context.options.task:
        return find_task(named).name
    by_class = (
        task_of_architecture(model.architectures[0]) if model.architectures else None
    )
    try:
        task = find_task(model.pipeline_tag).name if model.pipeline_tag else by_class
    except UnknownTaskError:
        task = by_class
    if task or "model_fn" in context.code.hooks:
        return task or ""
    actual = model.pipeline_tag or (
        model.architectures[0] if model.architectures else "none on the model's page"
    )
    remedy = "Set hub.task in traindrop.yaml to the one it is for, or add a code/inference.py with a model_fn."
    return Problem(
        f"a model for one of the tasks {', '.join(TASKS)}", repr(actual), remedy
    )


def _incomplete(wanted: Hub, model: HubModel) -> Problem | None:
    """Repositories without weights or tokenizer: adapters, other frameworks, collections."""
    top = {name for name in model.files if "/" not in name}
    if not top:
        return None
    if "config.json" not in top or not has_weights(top):
        actual = "none" if "adapter_config.json" not in top else "an adapter alone"
        remedy = "Name a repository with a whole model; merge an adapter into its base model first."
        return Problem(
            f"config.json and PyTorch weights in {wanted.model_id}", actual, remedy
        )
    if not has_tokenizer(top, model.architectures):
        remedy = "Name a repository that holds the tokenizer too, or mirror both in a repository of yours."
        return Problem(f"a tokenizer in {wanted.model_id}", "none", remedy)
    return None
