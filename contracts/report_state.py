"""What became of a run, on its report: the job that writes the page cannot know, so the API writes it in."""

from __future__ import annotations

import html

_START, _END = "<!--state-->", "<!--/state-->"
UNKNOWN = "trained, and not judged when this page was written"
MARK = f"{_START}{UNKNOWN}{_END}"
"""HTML; texts of users are escaped, so that none can hold it."""


def with_state(page: str, state: str) -> str:
    """The page with the state in its place; as it is where it has no such place."""
    before, start, rest = page.partition(_START)
    _, end, after = rest.partition(_END)
    if not end:
        return page
    return f"{before}{start}{html.escape(state)}{end}{after}"
