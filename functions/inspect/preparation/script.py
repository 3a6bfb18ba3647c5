"""A training script of the user's own: the drop's files are its channels, as they are."""

from __future__ import annotations

from functions.common.drop import RECORDED_FILES
from functions.common.text import counted
from functions.inspect.layouts.channels import key_below
from functions.inspect.preparation.base import InspectionContext, PreparationResult, PreparedRun
from functions.inspect.resolved_spec import SpecFields
from tasks import find_task

BASE_MODEL_NAMES = ("base_model", "model_name_or_path", "model_name", "model_id")
"""Hyperparameters by which scripts are told what to start from: a mirror of it in the bucket is then used."""


def prepare(context: InspectionContext) -> PreparationResult:
    """Copies the files where no later upload can change them under the job."""
    for channel, files in context.plan.splits.items():
        for file in files:
            target = f"runs/{context.run}/data/{channel}/{key_below(channel, file)}"
            context.storage.copy(file.stored.key, file.stored.version_id, target)
    for file in context.parts.code:
        context.storage.copy(file.stored.key, file.stored.version_id, f"runs/{context.run}/{file.name}")
    given = context.options.hyperparameters
    named = next((str(given[name]) for name in BASE_MODEL_NAMES if given.get(name)), "")
    found = SpecFields(
        task=find_task(context.options.task).name if context.options.task else "",
        base_model=context.options.base_model or named,
        hyperparameters=given,
        data={"rows": {}, "channels": list(context.plan.splits)},
        more={"script": True, **context.serving_facts()},
    )
    record = _record(context)
    return PreparedRun("ready", context.spec(found), record, record, context.code.warnings)


def _record(context: InspectionContext) -> dict[str, object]:
    sizes = {channel: sum(file.stored.size for file in files) for channel, files in context.plan.splits.items()}
    return {
        "form": context.plan.form,
        "files": [file.name for file in context.files[:RECORDED_FILES]],
        "channels": sizes,
        "reasons": [
            "code/train.py is run as it is: the rows are its own business and were not checked.",
            *(f"Channel {channel}: {counted(len(files), 'file')}." for channel, files in context.plan.splits.items()),
        ],
    }
