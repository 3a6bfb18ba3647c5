from __future__ import annotations

from typing import Any

import pytest

from functions.inspect.exports.spans import are_single, one_or_several, span


def test_a_span_gets_the_usual_names() -> None:
    item = {"startOffset": 0, "endOffset": 3, "displayName": "PER", "id": 7}
    assert span(item, "startOffset", "endOffset", "displayName") == {
        "start": 0,
        "end": 3,
        "label": "PER",
    }


@pytest.mark.parametrize(
    ("labels", "label"), [(["a"], "a"), (["a", "b"], ["a", "b"]), ([], [])]
)
def test_one_label_stands_alone(labels: list[Any], label: object) -> None:
    assert one_or_several(labels) == label


@pytest.mark.parametrize(
    ("values", "single"),
    [
        ([["a"], ["b"]], True),
        ([["a"], []], True),
        ([["a"], ["a", "b"]], False),
        ([[], []], False),
        ([["a"], "b"], False),
        ([[{"start": 0}]], False),
        ([], False),
    ],
)
def test_lists_are_single_where_each_has_at_most_one_label(
    values: list[object], single: bool
) -> None:
    assert are_single(values) is single
