"""Whether what was read may be trained on: the rules applied, the warnings collected, the splits decided."""

from __future__ import annotations

from collections.abc import Iterable

from functions.inspect.detection.detection import Detection
from functions.inspect.layouts import Plan
from functions.inspect.rows import dataset_warnings
from functions.inspect.rows.dataset_checks import MIN_ROWS, DataSet, first_violated_rule
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.seen_rows import SeenRows
from functions.inspect.rows.shared_texts import on_overlap
from functions.inspect.rows.splits import SplitPlan, plan_splits
from tasks import Task


def judged(
    plan: Plan, examination: Examination, seen: SeenRows | None = None
) -> SplitPlan | None:
    """How to divide the rows, or None for a drop that is refused; problems and warnings are added to `found`.

    With broken rows and hardly a good one, the rules for the whole are left out: they would only repeat the rows.
    """
    files = {file.name for split in plan.splits.values() for file in split}
    complete = files == examination.encodings.keys()
    if (
        examination.detection is None
        or not complete
        or (examination.problems and examination.rows < MIN_ROWS)
    ):
        return None
    division = plan_splits(examination.splits, seen)
    for problem in first_violated_rule(
        _data_set(plan, examination, examination.detection, division)
    ):
        examination.problems.add(problem)
    examination.warnings += _warnings(examination, examination.detection, division)
    return None if examination.problems else division


def _data_set(
    plan: Plan, examination: Examination, detection: Detection, division: SplitPlan
) -> DataSet:
    return DataSet(
        task=detection.task,
        answer=next(
            (
                detection.mapping[name]
                for name in detection.task.targets
                if name in detection.mapping
            ),
            "",
        ),
        classes=examination.classes,
        labels=examination.labels,
        train=division.train,
        leaked=division.leaked.get("train", 0),
        splits=examination.splits,
        files={split: plan.name_of(split) for split in plan.splits},
    )


def _warnings(
    examination: Examination, detection: Detection, division: SplitPlan
) -> list[str]:
    train, names = division.train, examination.classes
    class_rows = {
        name: train.class_rows[i]
        for name, i in names.ids.items()
        if name is not None and train.class_rows[i]
    }
    return [
        *dataset_warnings.on_duplicates(train),
        *dataset_warnings.on_disputes(train, examination.splits["train"], names),
        *dataset_warnings.on_leaks(division.leaked),
        *dataset_warnings.on_redrawn(division.is_redrawn),
        *on_overlap(division.overlap, detection.task.shared),
        *dataset_warnings.on_balance(class_rows),
        *dataset_warnings.on_spelling(list(class_rows)),
        *dataset_warnings.on_single_rows(examination.labels.get("train", {})),
        *_on_length(examination, detection.task),
    ]


def _on_length(examination: Examination, task: Task) -> Iterable[str]:
    limit = task.defaults.get("max_length")
    return (
        dataset_warnings.on_length(examination.lengths.words, limit)
        if limit and not task.in_pieces
        else ()
    )
