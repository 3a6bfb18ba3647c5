"""The shards' summaries as one examination: what reading all files in one function would have found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from functions.inspect.preparation.base import InspectionContext
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.keys import CLASS_MASK
from functions.inspect.rows.split_rows import Label
from functions.inspect.shards.row_files import RowFiles
from functions.inspect.shards.sharded_rows import ShardedRows, ShardRows
from functions.inspect.shards.summary import ShardSummary


def merged(
    context: InspectionContext, summaries: Sequence[ShardSummary]
) -> Examination:
    """`summaries` are those of all shards, in their order."""
    first = context.reading.examine_first()
    assert first.detection is not None
    examination = Examination(
        detection=first.detection, label_columns=first.label_columns
    )
    shards: dict[str, list[ShardRows]] = {}
    left_out: set[str] = set()
    for number, summary in enumerate(summaries):
        if summary.split not in context.plan.splits:
            continue
        if summary.split in left_out:
            _leave_out(examination, summary)
            continue
        files = RowFiles(context.storage, context.run, number)
        ids = _add(examination, summary)
        shards.setdefault(summary.split, []).append(ShardRows(summary, files, ids))
        if summary.is_left_out:
            left_out.add(summary.split)
    for split in context.plan.splits:
        if split not in left_out:
            rows = ShardedRows(shards[split], first.detection.task)
            examination.splits[split] = rows
    return examination


def _leave_out(examination: Examination, summary: ShardSummary) -> None:
    for name in summary.files:
        examination.encodings.setdefault(name, "UTF-8")
        examination.file_rows[summary.split].setdefault(name, 0)


def _add(examination: Examination, summary: ShardSummary) -> dict[int, int]:
    """The ids that the shard's classes have among all."""
    for problem in summary.first_problems:
        examination.problems.add(problem)
    examination.problems.count += summary.problem_count - len(summary.problems)
    if not examination.encodings.keys() >= set(summary.files):
        # Of a table that a column divides, each file is read for every split.
        examination.warnings += summary.warnings
        examination.notes += summary.notes
    examination.encodings |= summary.encodings
    file_rows = examination.file_rows.setdefault(summary.split, {})
    file_rows |= summary.file_rows
    examination.lengths.characters.update(_counter(summary.characters))
    examination.lengths.words.update(_counter(summary.words))
    if not summary.is_left_out:
        labels = examination.labels.setdefault(summary.split, {})
        for item in summary.labels:
            label = labels.setdefault(str(item.name), Label(item.number))
            label.rows += item.rows
    return _class_ids(examination, summary)


def _counter(counts: Mapping[str, int]) -> Counter[int]:
    return Counter({int(length): rows for length, rows in counts.items()})


def _class_ids(examination: Examination, summary: ShardSummary) -> dict[int, int]:
    classes = examination.classes
    ids = {local: classes.id_of(name) for local, name in enumerate(summary.class_names)}
    classes.overflow += summary.overflow
    return ids | ({CLASS_MASK: CLASS_MASK} if summary.overflow else {})
