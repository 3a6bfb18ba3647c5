"""Whether what was read may be trained on: the rules applied, the warnings collected, the splits decided."""

from __future__ import annotations

from collections.abc import Iterable

from functions.inspect import dataset_warnings
from functions.inspect.dataset_checks import MIN_ROWS, DataSet, first_violated_rule
from functions.inspect.examination import Examination
from functions.inspect.layouts import Plan
from functions.inspect.splits import SplitPlan, plan_splits
from functions.inspect.task_detection import Detection
from tasks import Task


def judged(plan: Plan, found: Examination) -> SplitPlan | None:
    """How to divide the rows, or None for a drop that is refused; problems and warnings are added to `found`.

    With broken rows and hardly a good one, the rules for the whole are left out: they would only repeat the rows.
    """
    files = {file.name for split in plan.splits.values() for file in split}
    complete = files == found.encodings.keys()
    if found.detection is None or not complete or (found.problems and found.rows < MIN_ROWS):
        return None
    division = plan_splits(found.spools)
    for problem in first_violated_rule(_data_set(plan, found, found.detection, division)):
        found.problems.add(problem)
    found.warnings += _warnings(found, found.detection, division)
    return None if found.problems else division


def _data_set(plan: Plan, found: Examination, detection: Detection, division: SplitPlan) -> DataSet:
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
        classes=found.classes,
        labels=found.labels,
        train=division.train,
        leaked=division.leaked.get("train", 0),
        spools=found.spools,
        files={split: plan.name_of(split) for split in plan.splits},
    )


def _warnings(found: Examination, detection: Detection, division: SplitPlan) -> list[str]:
    train, names = division.train, found.classes
    class_rows = {
        name: train.class_rows[i]
        for name, i in names.ids.items()
        if name is not None and train.class_rows[i]
    }
    return [
        *dataset_warnings.on_duplicates(train),
        *dataset_warnings.on_disputes(train, found.spools["train"], names),
        *dataset_warnings.on_leaks(division.leaked),
        *dataset_warnings.on_balance(class_rows),
        *dataset_warnings.on_spelling(list(class_rows)),
        *_on_length(found, detection.task),
    ]


def _on_length(found: Examination, task: Task) -> Iterable[str]:
    limit = task.defaults.get("max_length")
    return (
        dataset_warnings.on_length(found.lengths.words, limit)
        if limit and not task.in_pieces
        else ()
    )
