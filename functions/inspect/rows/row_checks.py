"""Checks every row of a table and spools what is right, by blocks of columns where a format has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from contracts.problems import Problem
from functions.inspect.detection.detection import Detection
from functions.inspect.formats import Table
from functions.inspect.formats.base import MAX_ROWS, Block, Numbered, too_many_rows
from functions.inspect.rows.block_checks import BlockCheck, CheckedBlock
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.shared_texts import shared_texts_of
from functions.inspect.rows.split_rows import Label
from functions.inspect.rows.spool import Spool, content_of, key_class, key_of


def check_rows(
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
        try:
            checked = row if isinstance(row, Problem) else check(row)
        except Exception as error:
            error.add_note(f"{file}, row {number:,}")
            raise
        if isinstance(checked, Problem):
            column = (
                mapping.get(checked.column, checked.column) if checked.column else None
            )
            examination.problems.add(replace(checked, row=number, column=column), file)
            continue
        if len(spool) >= room:
            raise too_many_rows(MAX_ROWS)
        text, class_name = content(checked), class_of(checked)
        texts = shared(checked) if shared else ()
        spool.add(
            checked, number, key_of(text, class_id(key_class(task, checked))), texts
        )
        measure(text)
        if class_name is None:
            for label in set(task.labels_of(checked)):
                labels.setdefault(label, Label(number)).rows += 1


def _rows_of(table: Table, detection: Detection) -> Iterator[Numbered]:
    """The rows under canonical names, of the detected shape."""
    if shape := detection.shape:
        return shape.convert(table.rows(shape.columns))
    return table.rows(detection.mapping)
