from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest

from contracts.problems import Problem
from functions.inspect.formats import MAX_RECORD, columnar
from tests.unit.functions.inspect.formats.columns import (
    BOTH,
    LABELS,
    TEXTS,
    WRITERS,
    cells,
    opened,
)
from tests.unit.functions.written import arrow_file, parquet


@pytest.mark.parametrize("extension", WRITERS)
def test_columns_sample_and_rows_are_those_of_the_file(extension: str) -> None:
    content = WRITERS[extension](
        pa.table({"id": list(range(300)), " text ": TEXTS, "label": LABELS})
    )
    table = opened(content, extension)
    assert table.columns == ("id", "text", "label")
    assert table.sample == [
        {"id": i, "text": TEXTS[i], "label": LABELS[i]} for i in range(100)
    ]
    assert list(table.rows(BOTH)) == [
        (i + 1, {"text": TEXTS[i], "label": LABELS[i]}) for i in range(300)
    ]
    assert (table.notes, table.warnings(), table.encoding()) == ([], [], "UTF-8")


@pytest.mark.parametrize("extension", WRITERS)
def test_two_names_may_stand_for_one_column(extension: str) -> None:
    table = opened(
        WRITERS[extension](pa.table({"text": ["a"], "label": ["b"]})), extension
    )
    assert list(table.rows({"label": "text", "text": "text"})) == [
        (1, {"label": "a", "text": "a"})
    ]


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (
            pa.array(["a", "a text of more than twelve bytes"], pa.string_view()),
            ["a", "a text of more than twelve bytes"],
        ),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([1, 2**63], pa.uint64()), [1, 2**63]),
        (pa.array([0.5, float("nan"), None]), [0.5, None, None]),
        (pa.array([[0.5, float("nan")]]), [[0.5, None]]),
        (pa.array([True, False]), [True, False]),
        (pa.array([["a", "b"], [], None]), [["a", "b"], [], None]),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), [[1, 2]]),
        (
            pa.array([{"text": ["a"], "answer_start": [0]}]),
            [{"text": ["a"], "answer_start": [0]}],
        ),
        (
            pa.array([[{"role": "user", "content": "a"}]]),
            [[{"role": "user", "content": "a"}]],
        ),
        (
            pa.array([[("en", "a"), ("de", "b")]], pa.map_(pa.string(), pa.string())),
            [{"en": "a", "de": "b"}],
        ),
        (pa.array([b"a", "ä".encode()]), ["a", "ä"]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array([datetime.date(2030, 1, 2)]), ["2030-01-02"]),
        (
            pa.array(
                [datetime.datetime(2030, 1, 2, 3)], pa.timestamp("ms", "Europe/Oslo")
            ),
            ["2030-01-02 03:00:00.000"],
        ),
        (pa.array([1], pa.timestamp("ns")), ["1970-01-01 00:00:00.000000001"]),
        (pa.array([[datetime.date(2030, 1, 2)]]), [["2030-01-02"]]),
        (pa.array([{"day": datetime.date(2030, 1, 2)}]), [{"day": "2030-01-02"}]),
        (pa.nulls(2), [None, None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_values_become_plain(extension: str, values: Any, expected: list[Any]) -> None:
    result = cells(values, extension)
    assert result == expected
    json.dumps(result)


@pytest.mark.parametrize("extension", WRITERS)
def test_a_cell_that_is_too_long_is_a_problem_of_its_row(extension: str) -> None:
    result = cells(["a", "a" * MAX_RECORD, "a" * (MAX_RECORD + 1)], extension)
    assert result[:2] == ["a", "a" * MAX_RECORD]
    assert str(result[2]) == (
        "column 'text': expected cells of at most 1,048,576 characters; found one of 1,048,577. "
        "Cut it, or delete the row."
    )


def test_a_nested_cell_is_measured_in_all_its_parts() -> None:
    result = cells(
        [
            [{"role": "user", "content": "a" * (MAX_RECORD // 2)}] * count
            for count in (1, 2)
        ]
    )
    assert isinstance(result[0], list)
    assert isinstance(result[1], Problem)


def test_a_column_that_is_not_needed_may_hold_anything(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": TEXTS,
            "label": LABELS,
            "picture": [{"bytes": b"\xff\xd8", "path": None}] * 300,
        }
    )
    union = pa.UnionArray.from_sparse(
        pa.array([0] * 300, pa.int8()), [pa.array(range(300))]
    )
    for content, extension in (
        (parquet(table), "parquet"),
        (arrow_file(table.append_column("odd", union)), "feather"),
    ):
        read = opened(content, extension)
        assert read.sample[0] == {"text": TEXTS[0], "label": LABELS[0]}
        assert len(list(read.rows(BOTH))) == 300


def test_only_a_small_part_of_a_large_batch_is_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = []
    monkeypatch.setattr(
        columnar,
        "_problem",
        lambda names, row, measure: sizes.append(pa.total_allocated_bytes()),
    )
    content = parquet(
        pa.table({"text": [f"{i} " * 2000 for i in range(20_000)]}),
        compression="none",
        use_dictionary=False,
    )
    before = pa.total_allocated_bytes()
    assert len(list(opened(content, "parquet").rows({"text": "text"}))) == 20_000
    assert 0 < max(sizes) - before < 20_000_000 < len(content) / 10
