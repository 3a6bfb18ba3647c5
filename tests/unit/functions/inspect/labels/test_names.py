from __future__ import annotations

import pytest

from functions.inspect.detection.task_detection import Detection, detect
from functions.inspect.labels.names import with_named_labels
from tasks import Row

NAMES: dict[str, tuple[list[tuple[object, str]], str]] = {
    "one to one": ([(0, "bad"), (1, "good")], "label_text"),
    "two names of one number": ([(0, "bad"), (1, "good"), (1, "fine")], "label"),
    "one name of two numbers": ([(0, "bad"), (1, "bad")], "label"),
    "numbers twice": ([(0, "0"), (1, "1")], "label"),
    "words twice": ([("b", "bad"), ("g", "good")], "label"),
}


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_named_where_names_stand_one_to_one(name: str) -> None:
    pairs, header = NAMES[name]
    sample: list[Row] = [
        {"text": f"a film of {i}", "label": pair[0], "label_text": pair[1]}
        for i, pair in enumerate(pairs * 10)
    ]
    columns = ("text", "label", "label_text")
    detection = detect(columns, sample)
    assert isinstance(detection, Detection)
    assert with_named_labels(detection, columns, sample).mapping["label"] == header
