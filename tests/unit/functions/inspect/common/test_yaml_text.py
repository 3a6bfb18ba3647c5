from __future__ import annotations

import pytest
import yaml

from functions.inspect.common.yaml_text import scalar, settings_text


@pytest.mark.parametrize(
    "header", ["text", "no", "Y", "a b", "5", "é", "a: b", "#", "null", "-"]
)
def test_a_name_is_read_back_as_the_text_it_is(header: str) -> None:
    assert yaml.safe_load(scalar(header)) == header


def test_settings_are_read_back_as_they_are() -> None:
    sections: dict[str, dict[str, object]] = {
        "columns": {"text": "a: b", "label": "no"},
        "labels": {"missing": ["-1", "n/a"], "separator": "", "merge_spellings": False},
        "hyperparameters": {},
    }
    text = settings_text("translation", **sections)
    columns, labels = sections["columns"], sections["labels"]
    assert yaml.safe_load(text) == {
        "task": "translation",
        "columns": columns,
        "labels": labels,
    }
    assert settings_text() == ""
