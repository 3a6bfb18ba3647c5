"""Reads every row of a drop: opens its files, detects the task, checks each row and spools what is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed, nearest, quoted
from functions.inspect.block_checks import BlockCheck, CheckedBlock
from functions.inspect.drop_size import MAX_BYTES, too_much
from functions.inspect.exports import with_plain_columns
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.formats.base import Block, Numbered
from functions.inspect.labels.names import with_named_labels
from functions.inspect.labels.vectors import label_columns_of, with_names_of_digits
from functions.inspect.layouts import Plan
from functions.inspect.problems import Problems
from functions.inspect.settings_file import NONE, Options, unfit
from functions.inspect.shared_texts import shared_texts_of
from functions.inspect.sources import Opener, open_source
from functions.inspect.split_column import rows_of_split
from functions.inspect.spool import Classes, Spool, content_of, key_of
from functions.inspect.spread_sample import with_spread_sample
from functions.inspect.task_detection import Detection, detect
from functions.inspect.translation_direction import Languages
from tasks import Task, find_task

MAX_ROWS = 20_000_000
_SORTED = frozenset({"arrow", "parquet", "pq", "feather"})
"""Files that keep the fields of a cell by name where `datasets` wrote them, not in the order of their owner."""


@dataclass
class Label:
    """How many rows of a file hold a label, and the first one's number."""

    first: int
    rows: int = 0


@dataclass
class Lengths:
    """Characters and words of every text added."""

    characters: Counter[int] = field(default_factory=Counter)
    words: Counter[int] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        self.characters[len(text)] += 1
        self.words[len(text.split())] += 1

    def summary(self) -> dict[str, Any]:
        return {"characters": spread(self.characters), "words": spread(self.words)}


def spread(counts: Counter[int]) -> dict[str, int]:
    """Minimum, median, 95th percentile and maximum of a histogram; empty for an empty one."""
    if not counts:
        return {}
    return {
        "min": min(counts),
        "median": _quantile(counts, 0.5),
        "p95": _quantile(counts, 0.95),
        "max": max(counts),
    }


def _quantile(counts: Counter[int], share: float) -> int:
    rest = share * counts.total()
    for value in sorted(counts):
        rest -= counts[value]
        if rest <= 0:
            return value
    return max(counts)


@dataclass
class Examination:
    """What was read of a drop. Where `problems` is empty, `detection` is there and a spool for every file."""

    problems: Problems = field(default_factory=Problems)
    detection: Detection | None = None
    spools: dict[str, Spool] = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)
    labels: dict[str, dict[str, Label]] = field(default_factory=dict)
    """Per split, the labels of tasks whose rows have several, or of no class."""
    lengths: Lengths = field(default_factory=Lengths)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    """Of each file that was read to its end."""
    columns: set[str] = field(default_factory=set)
    """Of the train files."""
    label_columns: list[str] | None = None
    """The columns of 0 and 1 whose names are the labels, of the first file on."""
    file_rows: dict[str, dict[str, int]] = field(default_factory=dict)
    """Per split, the rows of each of its files."""

    @property
    def rows(self) -> int:
        return sum(len(spool) for spool in self.spools.values())

    def leave_out(self, split: str, name: str) -> None:
        """A split whose rows have no answers is as if it were not there; `name` is its file or folder."""
        self.spools.pop(split)
        self.labels.pop(split, None)
        instead = (
            "; rows of the train file are held out instead" if split == "test" else ""
        )
        self.warnings.append(f"{name} has no answers: it is left out{instead}.")

    @property
    def is_full(self) -> bool:
        """Whether the rows on disk are as much as a drop may hold."""
        return (
            sum(spool.path.stat().st_size for spool in self.spools.values()) > MAX_BYTES
        )


def examine(
    plan: Plan,
    open_file: Opener,
    folder: Path,
    options: Options = NONE,
    settings_file: str = "",
) -> Examination:
    """Reads the files of a plan in its order, the first one telling the task; spools lie in `folder`."""
    examination = Examination()
    for split, files in plan.splits.items():
        with Spool(folder / f"{split}.spool") as spool:
            examination.spools[split] = spool
            for file in files:
                if examination.is_full:
                    examination.problems.add(
                        too_much("more, once all files are unpacked")
                    )
                    return examination
                with (
                    _problems_of(file, examination.problems),
                    open_source(file, open_file) as source,
                ):
                    read = partial(_learnt_from, examination, plan, split, options)
                    table = read(source)
                    if examination.detection is None:
                        shown = with_spread_sample(
                            table, partial(_reopened, file, open_file, read)
                        )
                        examination.detection = _detected(
                            examination, file, shown, options, settings_file
                        )
                    _examine_file(examination, split, file, table, spool)
                if examination.detection is None:
                    return examination
                if split not in examination.spools:
                    _leave_out_files(examination, split, files)
                    break
    return examination


@contextmanager
def _reopened(
    file: DropFile, open_file: Opener, read: Callable[[Table], Table]
) -> Iterator[Table]:
    with open_source(file, open_file) as source:
        yield read(source)


def _learnt_from(
    examination: Examination, plan: Plan, split: str, options: Options, source: Table
) -> Table:
    """The rows of the split in a file, under the columns that its tool means, labels by their names."""
    kept = [*options.columns.values(), *filter(None, [plan.split_column])]
    table = with_plain_columns(source, kept)
    if plan.split_column:
        table = rows_of_split(table, plan.split_column, split)
    if examination.label_columns is None:
        examination.label_columns = label_columns_of(table, options)
    return with_names_of_digits(
        table, examination.label_columns, options, examination.detection
    )


def _examine_file(
    examination: Examination, split: str, file: DropFile, table: Table, spool: Spool
) -> None:
    if examination.detection is None:
        return None
    if not table.columns:
        return _report_broken(examination, file.name, table)
    if split != "train" and not len(spool) and _is_unanswered(examination, table):
        return _leave_out(examination, split, file, table)
    if split == "train":
        examination.columns |= {*table.columns}
    _require_columns(table, examination.detection)
    before = len(spool)
    _check_rows(examination, split, file.name, table, spool)
    examination.file_rows.setdefault(split, {})[file.name] = len(spool) - before
    return _note(examination, file, table)


@contextmanager
def _problems_of(file: DropFile, problems: Problems) -> Iterator[None]:
    try:
        yield
    except UnreadableError as error:
        problems.add(error.problem, file.name)


def _report_broken(examination: Examination, file: str, table: Table) -> None:
    """The problems of a file none of whose first rows could be read."""
    before = examination.problems.count
    for number, row in table.rows({}):
        if isinstance(row, Problem):
            examination.problems.add(replace(row, row=number), file)
    if examination.problems.count == before:
        raise UnreadableError(
            Problem("rows with named columns", "none", "Check the export.")
        )


def _detected(
    examination: Examination,
    file: DropFile,
    table: Table,
    options: Options,
    settings_file: str,
) -> Detection | None:
    """None where the file shows no columns, or the settings do not fit it: the problems then say so."""
    if not table.columns:
        _report_broken(examination, file.name, table)
        return None
    if table.question and not options.columns:
        raise UnreadableError(table.question)
    wrong = list(_strange_columns(table, options, settings_file))
    answer = (
        None
        if wrong
        else detect(
            table.columns,
            table.sample,
            _choices(options.task),
            options.columns,
            languages=_languages(options),
            keeps_order=table.keeps_order and file.extension not in _SORTED,
        )
    )
    if isinstance(answer, Problem):
        raise UnreadableError(answer)
    wrong += unfit(options, answer.task, settings_file) if answer else []
    if answer and "label" not in options.columns:
        answer = with_named_labels(answer, table.columns, table.sample)
    examination.warnings += answer.warnings if answer else ()
    for problem in wrong:
        examination.problems.add(problem)
    return None if wrong else answer


def _languages(options: Options) -> Languages:
    source, target = (
        str(options.hyperparameters.get(f"{side}_language", ""))
        for side in ("source", "target")
    )
    return Languages(source, target)


def _choices(name: str | None) -> tuple[Task, ...] | None:
    """The forms to choose from: of a task that is named without its variant, all."""
    if name is None:
        return None
    task = find_task(name)
    return (task,) if task.variant else task.all_variants


def _strange_columns(
    table: Table, options: Options, settings_file: str
) -> Iterator[Problem]:
    for canonical, header in options.columns.items():
        if header not in table.columns:
            key = f"columns.{canonical}"
            guess = nearest(header, list(table.columns))
            remedy = (
                f"Did you mean {quoted(guess)}? Correct it."
                if guess
                else "Name one of them, or remove the line."
            )
            actual = f"{quoted(header)}, and the columns {listed(table.columns)}"
            yield Problem(
                "a column of the data",
                actual,
                remedy,
                settings_file,
                options.lines.get(key),
                key,
            )


def _require_columns(table: Table, detection: Detection) -> None:
    """Every file of a drop must have the columns that were found in the first one."""
    read = detection.shape.columns if detection.shape else detection.mapping
    for name in read.values():
        if name not in table.columns:
            remedy = "Name the columns alike in every file."
            actual = f"the columns {listed(table.columns)}"
            raise UnreadableError(
                Problem(f"the column {name!r}, as in the first file", actual, remedy)
            )


def _is_unanswered(examination: Examination, table: Table) -> bool:
    """Whether a file has the columns of the train file but for the answers, as a competition's test file."""
    detection = examination.detection
    if detection is None or detection.shape:
        return False
    missing = {
        name
        for name, header in detection.mapping.items()
        if header not in table.columns
    }
    is_alike = {*table.columns} <= examination.columns
    return is_alike and bool(missing) and missing <= {*detection.task.targets}


def _leave_out(
    examination: Examination, split: str, file: DropFile, table: Table
) -> None:
    examination.leave_out(split, file.name)
    examination.encodings[file.name] = table.encoding()
    examination.file_rows[split] = {file.name: 0}


def _leave_out_files(
    examination: Examination, split: str, files: Sequence[DropFile]
) -> None:
    """The other files of a split that is left out are not read."""
    for file in files:
        examination.encodings.setdefault(file.name, "UTF-8")
        examination.file_rows[split].setdefault(file.name, 0)


def _check_rows(
    examination: Examination, split: str, file: str, table: Table, spool: Spool
) -> None:
    detection = examination.detection
    assert detection is not None
    block_check = BlockCheck(detection.task, detection.mapping, examination.classes)
    for block in _blocks_of(table, detection):
        room = MAX_ROWS - examination.rows
        checked = block_check.check(block) if len(block) <= room else None
        if checked is None:
            _check_single_rows(examination, split, file, block.rows(), spool)
        else:
            _add_block(examination, split, block, checked, spool)


def _blocks_of(table: Table, detection: Detection) -> Iterator[Block]:
    if table.blocks and not detection.shape:
        return table.blocks(detection.mapping)
    return iter([Block(partial(_rows_of, table, detection))])


def _add_block(
    examination: Examination,
    split: str,
    block: Block,
    checked: CheckedBlock,
    spool: Spool,
) -> None:
    spool.add_lines(checked.lines, checked.keys, block.first)
    examination.lengths.characters.update(checked.characters)
    examination.lengths.words.update(checked.words)
    labels = examination.labels.setdefault(split, {})
    for number, names in enumerate(checked.labels, start=block.first):
        for name in names:
            labels.setdefault(name, Label(number)).rows += 1


def _check_single_rows(
    examination: Examination,
    split: str,
    file: str,
    rows: Iterator[Numbered],
    spool: Spool,
) -> None:
    assert examination.detection is not None
    task, mapping = examination.detection.task, examination.detection.mapping
    content, check, class_of = content_of(task), task.check_row, task.class_of
    class_id, measure, room = (
        examination.classes.id_of,
        examination.lengths.add,
        MAX_ROWS - examination.rows + len(spool),
    )
    labels = examination.labels.setdefault(split, {})
    shared = shared_texts_of(task, mapping)
    for number, row in rows:
        checked = row if isinstance(row, Problem) else check(row)
        if isinstance(checked, Problem):
            column = (
                mapping.get(checked.column, checked.column) if checked.column else None
            )
            examination.problems.add(replace(checked, row=number, column=column), file)
            continue
        if len(spool) >= room:
            raise _too_many()
        text, class_name = content(checked), class_of(checked)
        texts = shared(checked) if shared else ()
        spool.add(checked, number, key_of(text, class_id(class_name)), texts)
        measure(text)
        if class_name is None:
            for label in set(task.labels_of(checked)):
                labels.setdefault(label, Label(number)).rows += 1


def _rows_of(table: Table, detection: Detection) -> Iterator[Numbered]:
    """The rows under canonical names, of the detected shape."""
    if shape := detection.shape:
        return shape.convert(table.rows(shape.columns))
    return table.rows(detection.mapping)


def _too_many() -> UnreadableError:
    return UnreadableError(
        Problem(f"at most {MAX_ROWS:,} rows", "more", "Drop a sample of the rows.")
    )


def _note(examination: Examination, file: DropFile, table: Table) -> None:
    if file.name in examination.encodings:
        return  # read for another split before
    examination.warnings += [f"{file.name}: {warning}" for warning in table.warnings()]
    examination.notes += [f"{file.name}: {note}." for note in table.notes]
    examination.encodings[file.name] = table.encoding()
