from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.formats.base import UnreadableError
from functions.inspect.formats.json_lines import rows_of


def test_a_row_has_the_number_of_its_line() -> None:
    lines = ['{"a": 1}\n', " \n", '{"a": "x\\ud800"}\n']
    assert list(rows_of(lines)) == [(1, {"a": 1}), (3, {"a": "x\ufffd"})]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"a": 1,}', "broken JSON ("),
        ("[1]", "an array"),
        ("[" * 100_000, "JSON that cannot be read ("),
        ("1" * 5000, "JSON that cannot be read ("),
    ],
)
def test_a_line_that_is_no_object_is_a_problem_of_its_own(
    line: str, problem: str
) -> None:
    first, second = rows_of([line, '{"a": 1}'])
    assert isinstance(first[1], Problem)
    assert first[1].found.startswith(problem)
    assert second == (2, {"a": 1})


def test_a_line_that_python_printed_ends_the_reading() -> None:
    with pytest.raises(UnreadableError, match="a dict as Python prints it") as error:
        list(rows_of(['{"a": 1}', "{'a': 1}"]))
    assert error.value.problem.row == 2
