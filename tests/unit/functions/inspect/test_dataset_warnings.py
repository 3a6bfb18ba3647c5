from __future__ import annotations

from tests.unit.functions.drops import reviews
from tests.unit.functions.inspect.ready_drops import ready, rows


def test_repeated_and_contradictory_texts_are_kept_and_warned_of() -> None:
    desk, seen = ready({"r.csv": reviews(40) + "a film of kind 1,good\na film of kind 2,good\n"})
    assert seen["warnings"] == [
        "Repeated texts in 2 rows (5%): kept, equal ones always in one split, "
        "so that no text is both learned and tested.",
        "1 text has different labels in different rows (for example 'bad' in row 4, 'good' in row 43): "
        "trained on, never tested on.",
    ]
    assert "a film of kind 2" not in {text for text, _ in rows(desk, seen["run"], "test")}


def test_what_makes_a_model_poor_is_warned_of() -> None:
    odd = "so so,Good\nmeh,Good\n"
    long = "".join(f"{'very ' * 300} {i},good\n" for i in range(10))
    settings = "labels: {merge_spellings: false}"
    _, seen = ready({"r.csv": reviews(100) + odd + long, "traindrop.yaml": settings})
    assert seen["warnings"] == [
        "Fewer than 10 rows for the labels 'Good': their predictions will be poor.",
        "The labels are unbalanced (60 for 'good', 2 for 'Good'): "
        "judge the model by its F1 score rather than by its accuracy.",
        "The labels 'good', 'Good' differ only in case or spaces; they are treated as different.",
        "Over 192 words in about 9% of the texts: only the first 256 tokens of a text are read.",
    ]
