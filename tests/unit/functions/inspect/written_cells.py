"""Texts and labels as people write them, and as no one should."""

from __future__ import annotations

from hypothesis import strategies as st

WHITESPACE = [chr(code) for code in range(0x3001) if chr(code).isspace()]


SPECIAL = [
    *WHITESPACE,
    '"',
    "'",
    "\\",
    ",",
    ";",
    "\x00",
    "\x07",
    "\x1f",
    "\ufeff",
    "é",
    "日",
    "😀",
]


characters = st.one_of(
    st.sampled_from("abc   \n"), st.sampled_from(SPECIAL), st.characters(codec="utf-8")
)


texts = st.text(characters, max_size=12)


labels = st.sampled_from(
    ["good", "bad", "good ", " bad", "", "NA", "né", '"', "1", "1.0", "a;b"]
)
