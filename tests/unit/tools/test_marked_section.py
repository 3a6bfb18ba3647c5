from __future__ import annotations

import pytest

from tools.marked_section import replace_section


def test_the_section_is_replaced_and_the_rest_stays() -> None:
    assert (
        replace_section("a\n<old>\n1\n</old>\nb\n", "<old>", "</old>", "2")
        == "a\n<old>\n2\n</old>\nb\n"
    )


@pytest.mark.parametrize("text", ["", "<s>", "</s><s>", "<s><s></s>", "<s></s></s>"])
def test_a_text_without_each_mark_once_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match="expected <s> and then </s>, once each; found others"
    ):
        replace_section(text, "<s>", "</s>", "new")
