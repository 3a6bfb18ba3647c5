from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inspect.formats import UnreadableError
from functions.inspect.formats.base import MAX_RECORD
from tests.unit.functions.inspect.formats.tables import read, texts


def test_a_json_array_is_read_element_by_element() -> None:
    content = json.dumps(
        [{"text": f"{i} [{{]}}" * 200, "label": i} for i in range(300)], indent=1
    )
    rows = read(content, "json")
    assert [number for number, _ in rows] == list(range(1, 301))
    assert [row["label"] for _, row in rows] == list(range(300))


def test_a_json_file_may_hold_json_lines() -> None:
    assert texts('{"text": "a", "label": 1}\n{"text": "b", "label": 1}', "json") == [
        "a",
        "b",
    ]


def test_an_endless_json_element_is_not_read_to_its_end() -> None:
    with pytest.raises(UnreadableError, match="broken JSON at element 1"):
        read('[{"text": "' + "a" * 3 * MAX_RECORD, "json")


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"),
    min_size=1,
    max_size=20,
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=10))
def test_what_a_json_writer_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    objects = [{"text": text, "label": label} for text, label in rows]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in objects)
    assert [row for _, row in read(lines, "jsonl")] == objects
    assert [row for _, row in read(json.dumps(objects), "json")] == objects
