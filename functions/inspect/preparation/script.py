"""A training script of the user's own: the drop's files are its channels, as they are."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import locations
from contracts.outcomes import InspectOutcome
from contracts.run_record import DataRecord
from contracts.spec import Data, Spec
from functions.common.drop import RECORDED_FILES
from functions.common.text import counted
from functions.inspect.layouts.channels import key_below
from functions.inspect.preparation.base import (
    InspectionContext,
    PreparationResult,
    PreparedRun,
)
from tasks import find_task

BASE_MODEL_NAMES = ("base_model", "model_name_or_path", "model_name", "model_id")
"""Hyperparameters that name the model scripts start from: a mirror of it in the bucket is then used."""


def prepare(context: InspectionContext) -> PreparationResult:
    """Copies the files where no later upload can change them under the job."""
    for channel, files in context.plan.splits.items():
        for file in files:
            target = f"{locations.channel_prefix(context.run, channel)}{key_below(channel, file)}"
            context.storage.copy(file.stored.key, file.stored.version_id, target)
    for file in context.parts.code:
        context.storage.copy(
            file.stored.key,
            file.stored.version_id,
            f"{locations.run_prefix(context.run)}{file.name}",
        )
    spec = Spec(
        task=find_task(context.options.task).name if context.options.task else "",
        base_model=context.options.base_model
        or _named_base_model(context.options.hyperparameters),
        hyperparameters=context.options.hyperparameters,
        data=Data(channels=tuple(context.plan.splits)),
        script=True,
    )
    complete, record = context.complete(context.with_own_code(spec)), _record(context)
    return PreparedRun(
        InspectOutcome.READY, complete, record.write(), record, context.code.warnings
    )


def _named_base_model(hyperparameters: Mapping[str, object]) -> str:
    for name in BASE_MODEL_NAMES:
        if hyperparameters.get(name):
            return str(hyperparameters[name])
    return ""


def _record(context: InspectionContext) -> DataRecord:
    channels = context.plan.splits
    file_counts = []
    sizes = {}
    for channel, files in channels.items():
        file_counts.append(f"Channel {channel}: {counted(len(files), 'file')}.")
        sizes[channel] = sum(file.stored.size for file in files)
    return DataRecord(
        form=context.plan.form,
        files=tuple(file.name for file in context.files[:RECORDED_FILES]),
        channels=sizes,
        reasons=(
            "code/train.py is run as it is: the rows are its own business and were not checked.",
            *file_counts,
        ),
    )
