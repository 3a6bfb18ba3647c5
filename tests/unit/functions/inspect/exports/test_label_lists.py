from __future__ import annotations

from tests.unit.functions.inspect.exports.records import rows, table


def test_lists_of_one_label_become_labels() -> None:
    records = [
        {"text": "a", "Category": ["x"]},
        {"text": "b", "Category": ["y"]},
        {"text": "c", "Category": []},
    ]
    opened = table(records)
    assert rows(opened) == [
        {"text": "a", "Category": "x"},
        {"text": "b", "Category": "y"},
    ]
    assert opened.warnings() == ["left out 1 row without a label"]


def test_several_labels_of_a_row_stay_a_list() -> None:
    records = [{"text": "a", "labels": ["x", "y"]}, {"text": "b", "labels": ["x"]}]
    assert rows(table(records)) == records


def test_labels_beside_words_are_tags() -> None:
    records = [
        {"tokens": ["Ada"], "label": ["PER"]},
        {"tokens": ["a", "b"], "label": []},
    ]
    assert rows(table(records)) == records
