"""The steps of a sharded inspection, as the state machine calls them one after the other; each may be repeated."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from contracts import locations
from contracts.documents import Record
from contracts.outcomes import (
    CheckShardOutcome,
    DecideOutcome,
    ShardStep,
    WriteShardOutcome,
)
from contracts.run_record import ShardFailure
from functions.common.text import listed
from functions.inspect.inspection import Answer, Inspection
from functions.inspect.labels.normalisation import (
    count_rows_of_files,
    normalise_labels,
)
from functions.inspect.preparation import (
    InspectionContext,
    PreparationResult,
    Rejection,
)
from functions.inspect.preparation.documents import snapshot_of
from functions.inspect.preparation.manifest import (
    Manifest,
    manifest_key,
    shard_key,
    shards_prefix,
)
from functions.inspect.preparation.rows import decided, published
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.keys import CLASS_MASK
from functions.inspect.rows.row_sources import write_sources
from functions.inspect.rows.split_rows import Label
from functions.inspect.rows.splits import SplitPlan, write_splits
from functions.inspect.shards.decision import read_decision, read_plan, write_decision
from functions.inspect.shards.merged import merged
from functions.inspect.shards.row_files import RowFiles
from functions.inspect.shards.summary import ShardSummary, summary_of
from functions.inspect.tables.split_column import (
    in_splits,
    no_training_rows,
    with_rows_of_splits,
)

_READERS = 16
_PARALLEL_STEPS = {ShardStep.CHECK, ShardStep.WRITE}
"""Of functions that the state machine starts by a Map."""
_NOTED_FILES = 20
_NOTED_CHARACTERS = 400
_SUMMARY = "summary.json"
_WRITTEN = "written.json"
_SUMMARIES = "summaries.json"
"""All of them in one object, for the steps that need all."""


@dataclass(frozen=True, kw_only=True)
class WrittenRows(Record):
    """What became of a shard's rows."""

    rows: Mapping[str, int] = field(default_factory=dict)
    """By the split that they were written to."""
    classes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Split that rows were written to -> class -> rows."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Of tasks whose rows have no class: label -> rows, those included that are held out."""
    file_rows: Mapping[str, int] = field(default_factory=dict)
    row_bytes: int = 0


@dataclass(frozen=True)
class ShardedInspection:
    """Steps of a run whose drop was cut into shards."""

    inspection: Inspection

    def take(self, step: str, run: str, shard: int = 0) -> Answer:
        """The answer of the Lambda for one step; `shard` is the place in the manifest, of the steps that have one."""
        steps = {
            ShardStep.CHECK: self._check,
            ShardStep.DECIDE: self._decide,
            ShardStep.WRITE: self._write,
            ShardStep.PUBLISH: self._publish,
        }
        manifest = Manifest.read(self.inspection.storage.read_json(manifest_key(run)))
        with self._context(manifest, run) as context:
            try:
                return steps[ShardStep(step)](manifest, context, shard)
            except Exception as error:
                if step in _PARALLEL_STEPS:
                    files = manifest.shards[shard].files(context.plan)
                    self._note(run, [file.name for file in files], error)
                raise

    def _note(self, run: str, files: Sequence[str], error: Exception) -> None:
        """Explain reads it where the Map fails; what goes wrong here must not hide the error itself."""
        place = ", ".join(getattr(error, "__notes__", ())) or listed(files)
        failure = ShardFailure(
            files=tuple(files[:_NOTED_FILES]),
            error=type(error).__name__,
            message=f"{place}: {error}"[:_NOTED_CHARACTERS],
            at=self.inspection.now().isoformat(timespec="milliseconds"),
        )
        with suppress(Exception):
            self.inspection.ledger.record(run, shard_failure=failure)

    def take_all(self, run: str, shards: int) -> Answer:
        """All steps, one after the other; the answer of the last one."""
        for shard in range(shards):
            self.take(ShardStep.CHECK, run, shard)
        answer = self.take(ShardStep.DECIDE, run)
        if answer["outcome"] == DecideOutcome.REJECTED:
            return answer
        for shard in range(shards):
            self.take(ShardStep.WRITE, run, shard)
        return self.take(ShardStep.PUBLISH, run)

    @contextmanager
    def _context(self, manifest: Manifest, run: str) -> Iterator[InspectionContext]:
        with tempfile.TemporaryDirectory(prefix="shard-") as folder:
            context = self.inspection.context_of(
                manifest.model, manifest.drop_files, run, Path(folder)
            )
            assert isinstance(context, InspectionContext), "it was one before"
            if manifest.split_column:
                plan = in_splits(context.plan, manifest.split_column)
                context = replace(context, plan=plan)
            yield context

    def _check(
        self, manifest: Manifest, context: InspectionContext, shard: int
    ) -> Answer:
        started = time.monotonic()
        piece = manifest.shards[shard]
        files = piece.files(context.plan)
        examination = context.reading.examine_shard(piece.split, files)
        summary = summary_of(examination, piece.split, [file.name for file in files])
        if piece.split in examination.spools:
            spool = examination.spools[piece.split]
            RowFiles(context.storage, context.run, shard).upload(spool)
        summary = replace(summary, seconds=time.monotonic() - started)
        context.storage.write_json(
            shard_key(context.run, shard, _SUMMARY), summary.write()
        )
        return {"outcome": CheckShardOutcome.CHECKED}

    def _decide(self, manifest: Manifest, context: InspectionContext, _: int) -> Answer:
        documents = _read_all(manifest, context, _SUMMARY)
        context.storage.write_json(
            f"{shards_prefix(context.run)}{_SUMMARIES}", documents
        )
        summaries = list(map(ShardSummary.read, documents))
        context = _with_rows_of_splits(context, summaries)
        if "train" not in context.plan.splits:
            problem = no_training_rows(manifest.split_column)
            return self._finish(manifest, context, Rejection.of(problem))
        examination = merged(context, summaries)
        division = decided(context, examination)
        if isinstance(division, Rejection):
            return self._finish(manifest, context, division)
        write_decision(context, division, examination.warnings)
        return {"outcome": DecideOutcome.DECIDED, "run": context.run}

    def _write(
        self, manifest: Manifest, context: InspectionContext, shard: int
    ) -> Answer:
        summaries = _summaries(context)
        context = _with_rows_of_splits(context, summaries)
        summary, written = summaries[shard], WrittenRows()
        examination = _normalised(context, summaries)
        if summary.split in examination.splits:
            written = _written(context, examination, shard, summary)
        context.storage.write_json(
            shard_key(context.run, shard, _WRITTEN), written.write()
        )
        return {"outcome": WriteShardOutcome.WRITTEN}

    def _publish(
        self, manifest: Manifest, context: InspectionContext, _: int
    ) -> Answer:
        summaries = _summaries(context)
        context = _with_rows_of_splits(context, summaries)
        written = [
            WrittenRows.read(document)
            for document in _read_all(manifest, context, _WRITTEN)
        ]
        decision = read_decision(context)
        examination = _normalised(context, summaries)
        examination.warnings = list(decision.warnings)
        _with_written(examination, summaries, written)
        division = SplitPlan(
            decision.splits, decision.key_statistics, leaked=dict(decision.leaked)
        )
        result = snapshot_of(
            context,
            examination=examination,
            division=division,
            counts=_counts(examination, written),
            seconds=sum(summary.seconds for summary in summaries),
        )
        return self._finish(manifest, context, published(context, result))

    def _finish(
        self,
        manifest: Manifest,
        context: InspectionContext,
        result: PreparationResult,
    ) -> Answer:
        answer = {"run": context.run, "model": manifest.model}
        return answer | self.inspection.finish(
            context.run, manifest.model, manifest.drop_files, result
        )


def _read_all(
    manifest: Manifest, context: InspectionContext, name: str
) -> list[Mapping[str, Any]]:
    """A document of every shard."""
    keys = [shard_key(context.run, i, name) for i in range(len(manifest.shards))]
    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(context.storage.read_json, keys))


def _summaries(context: InspectionContext) -> Sequence[ShardSummary]:
    documents = context.storage.read_json(f"{shards_prefix(context.run)}{_SUMMARIES}")
    return list(map(ShardSummary.read, documents))


def _with_rows_of_splits(
    context: InspectionContext, summaries: Sequence[ShardSummary]
) -> InspectionContext:
    """Of a table that a column divides, with the splits that have rows or problems in any shard."""
    if not context.plan.split_column:
        return context
    rows = Counter[str]()
    for summary in summaries:
        rows[summary.split] += summary.rows + summary.problem_count
    return replace(context, plan=with_rows_of_splits(context.plan, rows))


def _normalised(
    context: InspectionContext, summaries: Sequence[ShardSummary]
) -> Examination:
    """The examination of all shards, with the labels as they were decided."""
    examination = merged(context, summaries)
    normalise_labels(examination, context.plan, context.options, context.settings_file)
    return examination


def _written(
    context: InspectionContext,
    examination: Examination,
    shard: int,
    summary: ShardSummary,
) -> WrittenRows:
    """Uploads the rows of a shard, each to its split. `examination` is that of all shards."""
    split, folder = summary.split, context.folder
    files = [file for file in context.plan.splits[split] if file.name in summary.files]
    plan = replace(context.plan, splits={split: tuple(files)})
    spool = RowFiles(context.storage, context.run, shard).download(
        folder / f"{split}.spool", summary.shared_texts
    )
    own = Examination(file_rows={split: dict(summary.file_rows)})
    labels = {str(item.name): Label(item.number, item.rows) for item in summary.labels}
    names = list(summary.class_names)
    if examination.convert:
        assert examination.detection is not None
        task, labels = examination.detection.task, {}
        spool, places = spool.converted(
            task, examination.convert, examination.classes, labels
        )
        count_rows_of_files(own, plan, split, places)
        names = list(examination.classes.ids)
    own.splits[split] = spool
    routes = read_plan(context, read_decision(context), spool).routes
    write_sources(plan, own, routes, folder / locations.ROW_SOURCES)
    counts = write_splits({split: spool}, routes, folder)
    return WrittenRows(
        rows={target: of_split.total() for target, of_split in counts.items()},
        classes={
            target: _class_counts(names, of_split)
            for target, of_split in counts.items()
        },
        labels={name: label.rows for name, label in labels.items()},
        file_rows=own.file_rows[split],
        row_bytes=_upload(context, shard, counts),
    )


def _class_counts(
    names: Sequence[str | None], rows: Mapping[int, int]
) -> dict[str, int]:
    """Of classes that have names, by these."""
    counts = {}
    for class_id, count in rows.items():
        name = names[class_id] if class_id < len(names) else None
        if name is not None:
            counts[name] = count
    return counts


def _upload(context: InspectionContext, shard: int, splits: Iterable[str]) -> int:
    """Bytes of the rows that the job will read."""
    size = 0
    for split in splits:
        path = context.folder / f"{split}.jsonl"
        size += path.stat().st_size
        context.storage.upload_file(path, locations.rows_key(context.run, split, shard))
        if split == locations.TEST_CHANNEL:
            context.storage.upload_file(
                context.folder / locations.ROW_SOURCES,
                locations.row_sources_key(context.run, shard),
            )
    return size


def _with_written(
    examination: Examination,
    summaries: Sequence[ShardSummary],
    written: Sequence[WrittenRows],
) -> None:
    """Counts of rows and labels as they are once all are written."""
    train = Counter[str]()
    for summary, rows in zip(summaries, written, strict=True):
        if summary.split not in examination.file_rows:
            continue
        examination.file_rows[summary.split] |= rows.file_rows
        if summary.split == locations.TRAIN_CHANNEL:
            train.update(rows.labels)
    for name, label in examination.labels.get(locations.TRAIN_CHANNEL, {}).items():
        label.rows = train[name]


def _counts(
    examination: Examination, written: Sequence[WrittenRows]
) -> dict[str, Counter[int]]:
    """Split of the job -> class id -> rows, in the order of the splits."""
    counts: dict[str, Counter[int]] = {}
    for split in dict.fromkeys([*examination.splits, locations.TEST_CHANNEL]):
        of_split = Counter[int]()
        total = 0
        for rows in written:
            total += rows.rows.get(split, 0)
            for name, count in rows.classes.get(split, {}).items():
                of_split[examination.classes.ids[name]] += count
        if unnamed := total - of_split.total():
            of_split[examination.classes.ids.get(None, CLASS_MASK)] += unnamed
        if total:
            counts[split] = of_split
    return counts
