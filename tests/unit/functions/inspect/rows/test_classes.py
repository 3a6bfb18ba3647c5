from __future__ import annotations

from functions.inspect.rows.classes import Classes
from functions.inspect.rows.keys import CLASS_MASK


def test_classes_are_numbered_as_they_appear() -> None:
    classes = Classes()
    numbers = [classes.id_of(name) for name in ("good", "bad", "good", None, "bad")]
    assert numbers == [0, 1, 0, 2, 1]


def test_classes_too_many_to_tell_apart_share_a_number() -> None:
    classes = Classes()
    for number in range(CLASS_MASK):
        assert classes.id_of(str(number)) == number
    assert classes.id_of("one more") == classes.id_of("another") == CLASS_MASK
    assert classes.overflow == 2
    assert classes.id_of("7") == 7
