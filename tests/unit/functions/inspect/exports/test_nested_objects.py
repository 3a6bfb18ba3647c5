from __future__ import annotations

from functions.inspect.exports.nested_objects import recognise
from tasks import Row


def test_texts_and_answers_inside_objects_become_columns() -> None:
    sample: list[Row] = [
        {"id": 1, "data": {"text": "a", "by": "x"}, "meta": {"label": "late"}},
        {"id": 2, "data": {"text": "b", "by": "y"}, "meta": None},
    ]
    reading = recognise(sample)
    assert reading is not None
    assert reading.note == "objects: 'data.text', 'meta.label' as columns of their own"
    assert reading.convert(sample[0]) == sample[0] | {
        "data.text": "a",
        "meta.label": "late",
    }
    assert reading.convert(sample[1]) == sample[1] | {"data.text": "b"}


def test_other_objects_are_left_alone() -> None:
    assert recognise([{"text": "a", "meta": {"source": "web"}}]) is None
    assert recognise([{"answer": {"text": "a", "answer_start": 0}}]) is None
    assert recognise([{"data": {"text": "a"}}, {"data": "no object"}]) is None
    assert recognise([{"data": {"label": ["a list"]}}]) is None
    assert recognise([{"data": {"text": "a"}, "data.text": "already there"}]) is None
