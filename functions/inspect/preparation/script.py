"""A training script of the user's own: the drop's files are its channels, as they are."""

from __future__ import annotations

from functions.common.drop import RECORDED_FILES
from functions.common.text import counted
from functions.inspect.layouts.channels import key_below
from functions.inspect.preparation.base import Outcome, Prepared, Visit
from functions.inspect.resolved_spec import Resolved
from tasks import find_task

BASE_MODEL_NAMES = ("base_model", "model_name_or_path", "model_name", "model_id")
"""Hyperparameters by which scripts are told what to start from: a mirror of it in the bucket is then used."""


def prepare(visit: Visit) -> Outcome:
    """Copies the files where no later upload can change them under the job."""
    for channel, files in visit.plan.splits.items():
        for file in files:
            target = f"runs/{visit.run}/data/{channel}/{key_below(channel, file)}"
            visit.storage.copy(file.stored.key, file.stored.version_id, target)
    for file in visit.parts.code:
        visit.storage.copy(file.stored.key, file.stored.version_id, f"runs/{visit.run}/{file.name}")
    given = visit.options.hyperparameters
    named = next((str(given[name]) for name in BASE_MODEL_NAMES if given.get(name)), "")
    found = Resolved(
        task=find_task(visit.options.task).name if visit.options.task else "",
        base_model=visit.options.base_model or named,
        hyperparameters=given,
        data={"rows": {}, "channels": list(visit.plan.splits)},
        more={"script": True, **visit.serving_facts()},
    )
    record = _record(visit)
    return Prepared("ready", visit.spec(found), record, record, visit.code.warnings)


def _record(visit: Visit) -> dict[str, object]:
    sizes = {channel: sum(file.stored.size for file in files) for channel, files in visit.plan.splits.items()}
    return {
        "form": visit.plan.form,
        "files": [file.name for file in visit.files[:RECORDED_FILES]],
        "channels": sizes,
        "reasons": [
            "code/train.py is run as it is: the rows are its own business and were not checked.",
            *(f"Channel {channel}: {counted(len(files), 'file')}." for channel, files in visit.plan.splits.items()),
        ],
    }
