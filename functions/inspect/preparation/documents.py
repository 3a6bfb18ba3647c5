"""What Inspect resolved and counted, as the documents it leaves: `spec.json`, `profile.json`, the run's `data`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isfinite
from typing import Any

from contracts.run_record import DataRecord, ProfileSummary, SinceLive, TextSummary
from contracts.spec import Data, Gate, Spec
from functions.common.drop import RECORDED_FILES
from functions.common.text import counted
from functions.inspect.detection.detection import Detection
from functions.inspect.preparation import since_live
from functions.inspect.preparation.base import InspectionContext
from functions.inspect.rows.dataset_warnings import is_uneven
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.splits import SplitPlan
from tasks.training_defaults import defaults_for

_RECORDED_LABELS = 1000
_RECORDED_LABEL_CHARACTERS = 20_000
_RECORDED_CLASSES = 50


@dataclass(frozen=True)
class InspectionResult:
    """A drop that is ready to be trained on. `class_rows` and `split_rows` count what the job will read."""

    context: InspectionContext
    detection: Detection
    examination: Examination
    class_rows: dict[str, int]
    split_rows: dict[str, int]
    duplicates: int
    disputed: int
    leaked: dict[str, int]
    warnings: list[str]
    seconds: float
    since_live: SinceLive | None = None

    @property
    def file_rows(self) -> dict[str, int]:
        """By name; a file that a column divides has rows in several splits."""
        return file_rows_of(self.examination)

    @property
    def labels(self) -> list[str]:
        return sorted_labels(list(self.class_rows))

    @property
    def reasons(self) -> list[str]:
        return [
            f"Read as {self.context.plan.form}, all {counted(self.examination.rows, 'row')} of it.",
            *self.context.plan.notes,
            *self.detection.reasons,
            *self.examination.notes,
            *since_live.reasons(self.since_live),
        ]


def snapshot_of(
    context: InspectionContext,
    *,
    examination: Examination,
    division: SplitPlan,
    counts: dict[str, Counter[int]],
    seconds: float,
) -> InspectionResult:
    """Puts together what was found; `counts` are the class ids written, per split."""
    assert examination.detection is not None
    total = sum(counts.values(), Counter[int]())
    return InspectionResult(
        context=context,
        detection=examination.detection,
        examination=examination,
        class_rows={
            name: total[i]
            for name, i in examination.classes.ids.items()
            if name is not None and total[i]
        }
        or {
            name: label.rows
            for name, label in examination.labels.get("train", {}).items()
        },
        split_rows={split: rows.total() for split, rows in counts.items()},
        duplicates=division.train.duplicates,
        disputed=division.train.disputed_count,
        leaked=division.leaked,
        warnings=examination.warnings,
        seconds=seconds,
        since_live=since_live.since_live(context, file_rows_of(examination)),
    )


def file_rows_of(examination: Examination) -> dict[str, int]:
    rows = Counter[str]()
    for of_split in examination.file_rows.values():
        rows.update(of_split)
    return dict(rows)


def sorted_labels(names: list[str]) -> list[str]:
    """By number where all are numbers, else by code point."""
    return (
        sorted(names, key=lambda name: (float(name), name))
        if all(map(_is_number, names))
        else sorted(names)
    )


def _is_number(name: str) -> bool:
    try:
        return isfinite(float(name))
    except ValueError:
        return False


def spec_of(result: InspectionResult) -> Spec:
    """What the rows say of the run; the stack's and the drop's settings say the rest."""
    task, context = result.detection.task, result.context
    base_model = (
        context.options.base_model or task.base_model or context.settings.base_model
    )
    rows = result.split_rows.get("train", 0)
    defaults = defaults_for(task, rows, len(result.labels), base_model)
    spec = Spec(
        task=task.name,
        variant=task.variant,
        columns=result.detection.mapping,
        labels=tuple(result.labels),
        base_model=base_model,
        hyperparameters=defaults | context.options.hyperparameters,
        gate=Gate(metric=_gate_metric(result)),
        data=Data(
            rows=result.split_rows,
            left_out=result.leaked,
            file_rows=result.file_rows,
        ),
    )
    return context.with_own_code(spec)


def _gate_metric(result: InspectionResult) -> str:
    """Where classes are uneven, the one that counts every class alike."""
    task = result.detection.task
    is_by_accuracy = task.metric == "accuracy" and "macro_f1" in task.metrics
    return (
        "macro_f1" if is_by_accuracy and is_uneven(result.class_rows) else task.metric
    )


def profile_of(result: InspectionResult) -> dict[str, Any]:
    """`profile.json`: everything counted; seconds and rates are those of reading and checking."""
    examined, context = result.examination, result.context
    size = sum(file.stored.size for file in context.parts.data)
    return {
        "run": context.run,
        "model": context.model,
        "form": context.plan.form,
        "files": [
            {
                "name": file.name,
                "split": split,
                "bytes": file.stored.size,
                "rows": examined.file_rows[split][file.name],
                "encoding": examined.encodings[file.name],
            }
            for split, files in context.plan.splits.items()
            for file in files
        ],
        "task": result.detection.task.name,
        "variant": result.detection.task.variant,
        "columns": result.detection.mapping,
        "reasons": result.reasons,
        "rows": result.split_rows,
        "classes": {name: result.class_rows[name] for name in result.labels},
        "text": examined.lengths.summary(),
        "duplicates": result.duplicates,
        "disputed_texts": result.disputed,
        "left_out": result.leaked,
        "warnings": result.warnings,
        "seconds": round(result.seconds, 3),
        "bytes": size,
        "bytes_per_second": round(size / max(result.seconds, 1e-3)),
        "rows_per_second": round(examined.rows / max(result.seconds, 1e-3)),
    }


def record_of(result: InspectionResult) -> DataRecord:
    """The run's `data`: what the API shows of a drop, a few kilobytes however large the drop."""
    labels = result.labels
    few_enough = (
        len(labels) <= _RECORDED_LABELS
        and sum(map(len, labels)) <= _RECORDED_LABEL_CHARACTERS
    )
    return DataRecord(
        form=result.context.plan.form,
        variant=result.detection.task.variant,
        files=tuple(file.name for file in result.context.files[:RECORDED_FILES]),
        rows=result.split_rows,
        labels=tuple(labels if few_enough else labels[:100]),
        label_count=len(labels),
        columns=result.detection.mapping,
        reasons=tuple(result.reasons),
        since_live=result.since_live,
        profile=_profile_summary(result),
    )


def _profile_summary(result: InspectionResult) -> ProfileSummary:
    largest_first = sorted(result.class_rows.items(), key=lambda item: -item[1])
    return ProfileSummary(
        classes=dict(largest_first[:_RECORDED_CLASSES]),
        text=TextSummary.read(result.examination.lengths.summary()),
        duplicates=result.duplicates,
        disputed_texts=result.disputed,
        seconds=round(result.seconds, 3),
    )
