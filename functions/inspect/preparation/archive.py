"""A model archive: looked through, given serving code where it has none of its own, deployed."""

from __future__ import annotations

import shutil

from contracts import locations
from contracts.problems import Problem
from contracts.spec import Spec
from functions.common.drop import DropFile
from functions.inspect.common import user_code
from functions.inspect.common.user_code import SERVING, UserCode
from functions.inspect.preparation.base import (
    InspectionContext,
    PreparationResult,
    Rejection,
)
from functions.inspect.preparation.deployable import prepared, serving_code, upload
from functions.inspect.preparation.model_archive import (
    MAX_BYTES,
    Code,
    Contents,
    architectures_of,
    labels_of,
    look_through,
    missing,
)
from tasks import find_task
from tasks.architectures import suffixes, task_of_architecture


def prepare(context: InspectionContext) -> PreparationResult:
    file = context.plan.archive
    assert file is not None
    if file.stored.size > MAX_BYTES:
        expected = f"an archive of at most {MAX_BYTES // 2**30} GiB"
        remedy = "Put the model on the Hugging Face Hub and name it under hub: in traindrop.yaml."
        return Rejection.of(
            Problem(expected, f"{file.stored.size:,} bytes", remedy, file=file.name)
        )
    path = context.folder / locations.MODEL_ARCHIVE
    with context.open(file) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 2**20)
    contents = look_through(path, file.name)
    if isinstance(contents, Problem):
        return Rejection.of(contents)
    # A dropped file stands for the archive's of its name.
    code = user_code.examine({**contents.code, **context.code_files})
    task = _task_of(context, file, contents, code)
    problems = [*code.problems, *([task] if isinstance(task, Problem) else [])]
    if problems or isinstance(task, Problem):
        return Rejection.of(*problems, file=file.name)
    upload(context, _added(context, contents), path)
    reasons = _reasons(context, contents, code, task)
    return prepared(
        context,
        Spec(task=task),
        code,
        labels=labels_of(contents.config),
        reasons=reasons,
    )


def _added(context: InspectionContext, contents: Contents) -> Code | None:
    """None where the archive serves itself and nothing was dropped beside it: then it stays as it is, byte by byte."""
    if SERVING in contents.code and SERVING not in context.code_files:
        return dict(context.code_files) or None
    return serving_code(context.code_files)


def _task_of(
    context: InspectionContext, file: DropFile, contents: Contents, code: UserCode
) -> str | Problem:
    """The task as set, or as the architecture tells; empty for a model that the user's own `model_fn` loads."""
    if "model_fn" not in code.hooks and (problem := missing(contents, file.name)):
        return problem
    if context.options.task:
        return find_task(context.options.task).name
    names = architectures_of(contents.config)
    task = task_of_architecture(names[0]) if names else None
    if task or "model_fn" in code.hooks:
        return task or ""
    endings = ", ".join(f"…{suffix}" for suffix in suffixes())
    actual = repr(names[0]) if names else "none"
    remedy = "Set task: in traindrop.yaml, or add a code/inference.py with a model_fn."
    return Problem(
        f"an architecture of {endings} in config.json", actual, remedy, file=file.name
    )


def _reasons(
    context: InspectionContext, contents: Contents, code: UserCode, task: str
) -> list[str]:
    names = architectures_of(contents.config) or ["a model of your own"]
    source = (
        "as traindrop.yaml says"
        if context.options.task
        else f"by its architecture {names[0]}"
    )
    served = "its own inference.py" if code.serves else "Traindrop's code"
    return [
        f"Deployed as it is, {len(contents.sizes):,} files, without training.",
        f"Task: {task or 'its own'}, {source}.",
        f"Served by {served}.",
    ]
