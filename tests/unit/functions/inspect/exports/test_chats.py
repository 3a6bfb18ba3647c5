from __future__ import annotations

from tests.unit.functions.inspect.exports.records import rows, table


def test_the_history_of_alpaca_comes_first() -> None:
    record = {"instruction": "Again?", "output": "Yes", "history": [["Really?", "No"]]}
    row = {
        "messages": [
            {"role": "user", "content": "Really?"},
            {"role": "assistant", "content": "No"},
            {"role": "user", "content": "Again?"},
            {"role": "assistant", "content": "Yes"},
        ]
    }
    assert rows(table([record, record])) == [row, row]
