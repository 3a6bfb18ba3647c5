from __future__ import annotations

from contracts import api_answers
from contracts.documents import Record
from contracts.json_schema import schema_of


def test_every_answer_has_a_schema() -> None:
    kinds = [
        kind
        for kind in vars(api_answers).values()
        if isinstance(kind, type) and kind.__module__ == api_answers.__name__
    ]
    assert len(kinds) > 5
    for kind in kinds:
        assert issubclass(kind, Record)
        assert schema_of(kind)["type"] == "object"
