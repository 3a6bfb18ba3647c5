from __future__ import annotations

from tests.unit.functions.inspect.exports.records import rows, table


def test_intents_without_marked_entities_lose_the_empty_column() -> None:
    record = {"text": "Hello", "intent": "greet", "entities": []}
    assert rows(table([record, record])) == [{"text": "Hello", "intent": "greet"}] * 2


def test_marked_entities_stay() -> None:
    record = {"text": "Hi Ada", "intent": "greet", "entities": [{"start": 3}]}
    assert table([record]).columns == ("text", "intent", "entities")
