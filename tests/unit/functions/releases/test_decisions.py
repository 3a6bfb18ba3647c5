from __future__ import annotations

from contracts.releases import LabelChanges
from functions.releases.decisions import label_changes, labels_change
from tests.unit.functions.releases.test_states import run


def test_labels_that_callers_would_see_anew_or_no_more() -> None:
    changes = label_changes(run("1"), ("a", "c"), run("2"), ("a", "b"))
    assert changes == LabelChanges(added=("c",), removed=("b",))
    assert labels_change(run("1"), changes).message == (
        "Callers would see other labels: 1 adds 'c' and removes 'b'. "
        'Send "accept_label_change": true where they can take that.'
    )


def test_no_change_is_none() -> None:
    assert not label_changes(run("1"), ("a",), run("2"), ("a",))


def test_another_task_is_a_change() -> None:
    changes = label_changes(run("1", task="fill-mask"), (), run("2", task="x"), ())
    assert changes
    assert (
        "1 is for fill-mask, and the live model for x."
        in labels_change(run("1", task="fill-mask"), changes).message
    )


def test_very_many_labels_are_counted() -> None:
    labels = tuple(f"l{n:03}" for n in range(30))
    message = labels_change(run("1"), LabelChanges(added=labels)).message
    assert "'l019' and 10 more." in message
