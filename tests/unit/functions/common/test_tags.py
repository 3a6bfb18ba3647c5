from __future__ import annotations

from functions.common.tags import tag_value


def test_tag_values_are_what_aws_takes() -> None:
    assert tag_value("Größe a+b") == "Größe a+b"
    assert tag_value("it's (new)") == "it-s -new-"
    assert len(tag_value("x" * 300)) == 256
    assert tag_value(" ") == "-"
