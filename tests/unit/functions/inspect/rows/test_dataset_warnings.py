from __future__ import annotations

from functions.inspect.rows.dataset_warnings import is_uneven
from tests.unit.functions.drops import reviews
from tests.unit.functions.inspect.ready_drops import ready, rows


def test_repeated_and_contradictory_texts_are_kept_and_warned_of() -> None:
    desk, seen = ready(
        {"r.csv": reviews(40) + "a film of kind 1,good\na film of kind 2,good\n"}
    )
    assert seen["warnings"] == [
        "Repeated texts in 2 rows (5%): kept, equal ones always in one split, "
        "so that no text is both learned and tested.",
        "1 text has different labels in different rows (for example 'bad' in row 4, 'good' in row 43): "
        "trained on, never tested on.",
    ]
    assert "a film of kind 2" not in {
        text for text, _ in rows(desk, seen["run"], "test")
    }


def test_what_makes_a_model_poor_is_warned_of() -> None:
    odd = "so so,Good\nmeh,Good\n"
    long = "".join(f"{'very ' * 300} {i},good\n" for i in range(10))
    settings = "labels: {merge_spellings: false}"
    _, seen = ready({"r.csv": reviews(100) + odd + long, "traindrop.yaml": settings})
    assert seen["warnings"] == [
        "Fewer than 10 rows for the labels 'Good': their predictions will be poor.",
        "The labels are unbalanced (60 for 'good', 2 for 'Good'): "
        "the gate compares macro F1, which counts every label alike, rather than accuracy, "
        "unless gate.metric says otherwise.",
        "The labels 'good', 'Good' differ only in case or spaces; they are treated as different.",
        "Over 192 words in about 9% of the texts: only the first 256 tokens of a text are read.",
    ]


def test_uneven_labels_are_judged_by_macro_f1_from_nine_to_one_on() -> None:
    assert is_uneven({"a": 90, "b": 10})
    assert not is_uneven({"a": 89, "b": 10})
    assert not is_uneven({})
    for good, metric in ((19, "macro_f1"), (50, "accuracy")):
        bad = "".join(f"a bad film of kind {i},bad\n" for i in range(200))
        fine = "".join(f"a fine film of kind {i},good\n" for i in range(good))
        desk, seen = ready({"r.csv": f"text,label\n{bad}{fine}"})
        assert (
            desk.bucket.document(seen["run"], "spec.json")["gate"]["metric"] == metric
        )
