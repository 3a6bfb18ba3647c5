"""A generated section of a file that is otherwise written by hand: the lines between two marks."""

from __future__ import annotations


def replace_section(text: str, begin: str, end: str, section: str) -> str:
    """`text` with `section` between the marks; the marks stay.

    Raises `ValueError` unless the text holds each mark once, in order.
    """
    before, _, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_end or begin in rest or end in before + after:
        raise ValueError(
            f"expected {begin} and then {end}, once each; found others. Put them around the section."
        )
    return f"{before}{begin}\n{section}\n{end}{after}"
