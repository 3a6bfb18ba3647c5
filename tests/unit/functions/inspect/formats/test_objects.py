from __future__ import annotations

from tests.unit.functions.inspect.formats.tables import texts


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert texts(
        '{"text": "a\\ud83d", "label": 1}\n{"text": "\\ud83d\\ude00", "label": 1}\n',
        "jsonl",
    ) == [
        "a\ufffd",
        "😀",
    ]
