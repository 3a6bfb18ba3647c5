from __future__ import annotations

import pytest

from contracts.problems import Problem
from tests.unit.functions.inspect.formats.tables import read, table


def test_json_lines_keep_values_and_number_lines() -> None:
    assert read(
        '{"text": "a", "label": 1}\n\n{"label": true, "text": null}\n', "jsonl"
    ) == [
        (1, {"text": "a", "label": 1}),
        (3, {"text": None, "label": True}),
    ]


def test_json_columns_are_the_keys_of_the_first_rows() -> None:
    assert table('{"a": 1}\n{" b ": 2, "a": 3}\n', "ndjson").columns == ("a", "b")


@pytest.mark.parametrize(
    "line", ["[" * 100_000, "1" * 5000, '{"text": ' + "[" * 100_000]
)
def test_json_that_python_gives_up_on_is_a_problem(line: str) -> None:
    rows = read(f'{{"text": "a", "label": 1}}\n{line}\n', "jsonl")
    assert isinstance(rows[1][1], Problem)
