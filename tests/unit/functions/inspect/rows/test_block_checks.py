from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.problems import Problem
from functions.inspect.formats.base import Block
from functions.inspect.rows.block_checks import BlockCheck, Texts, texts_of
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.spool import encode_row, key_class, key_of
from tasks import TASKS, Task, find_task
from tests.properties import scaled
from tests.unit.functions.inspect.written_cells import texts

STRIPPING = [
    task for name in TASKS for task in find_task(name).all_variants if task.stripped
]


@pytest.mark.parametrize(
    "task", STRIPPING, ids=lambda task: f"{task.name} {task.variant}"
)
@given(data=st.data())
@settings(max_examples=scaled(60))
def test_what_a_task_says_of_its_texts_is_true(task: Task, data: st.DataObject) -> None:
    """Blocks are checked with markers in place of texts: `check_row` must do the same with any text."""
    names = list(
        dict.fromkeys([*task.stripped, *(c.name for c in task.columns if c.required)])
    )
    cells = st.one_of(texts, st.sampled_from(["yes", "no", "1", "2.5"]))
    rows = data.draw(
        st.lists(st.tuples(*(cells for _ in names)), min_size=1, max_size=5)
    )
    mapping = {name: name for name in names}
    encoded = [[cell.encode() for cell in column] for column in zip(*rows, strict=True)]
    block = Block(lambda: iter(()), dict(zip(names, encoded, strict=True)), 2)
    classes = Classes()
    checked = BlockCheck(task, mapping, classes).check(block)
    expected = [task.check_row(dict(zip(names, row, strict=True))) for row in rows]
    right = [row for row in expected if not isinstance(row, Problem)]
    if checked is None:
        return
    assert len(right) == len(rows)
    assert checked.lines.decode() == "".join(map(encode_row, right))
    content = next(name for name in task.stripped if name not in task.targets)
    ids = classes.ids
    assert checked.keys == [
        key_of(row[content], ids[key_class(task, row)]) for row in right
    ]
    assert checked.characters == [len(row[content]) for row in right]
    assert checked.words == [len(row[content].split()) for row in right]
    if checked.labels:
        assert checked.labels == [{*task.labels_of(row)} for row in right]


def test_every_task_of_plain_texts_is_checked_in_blocks() -> None:
    assert {task.name for task in STRIPPING} == {
        "text-classification",
        "summarization",
        "text2text-generation",
        "translation",
    }
    for task in STRIPPING:
        mapping = {column.name: "x" for column in task.columns if column.required}
        assert BlockCheck(
            task, {**mapping, **dict.fromkeys(task.stripped, "x")}, Classes()
        ).is_possible


@given(st.lists(texts.filter(str.strip), min_size=1, max_size=4))
@settings(max_examples=scaled(150))
def test_texts_are_measured_and_written_as_python_does(written: list[str]) -> None:
    column = texts_of([text.encode() for text in written])
    stripped = [text.strip() for text in written]
    if column is None:
        assert any("\x1c" <= letter <= "\x1f" for text in written for letter in text)
        return
    assert [cell.decode() for cell in column.cells] == stripped
    assert column.words() == [len(text.split()) for text in stripped]
    assert column.characters() == list(map(len, stripped))
    as_json = [json.dumps(text, ensure_ascii=False)[1:-1].encode() for text in stripped]
    assert column.escaped() == as_json


def test_what_is_no_text_is_not_measured() -> None:
    for cells in ([b"a", None], [b"a", b" "], [1, 2], ["text"]):
        assert texts_of(cells) is None
    assert isinstance(texts_of([b"a"]), Texts)
