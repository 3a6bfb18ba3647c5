"""`report.html`: one page on a run that opens anywhere, also without a network.

`evaluation.json` says what is on it; what it does not say is left out. Nothing here may fail a job.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from contracts.locations import REPORT
from training.common.log import say
from training.report.facts import Facts
from training.report.page import render_page

__all__ = ["Facts", "write"]


def write(folder: Path, collect: Callable[[], Facts]) -> None:
    """Writes the report into the folder, or says in the log why there is none."""
    began = time.monotonic()
    try:
        content = render_page(collect())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / REPORT).write_text(content, "utf-8")
    except Exception as error:  # a good model is not thrown away for a page about it
        say(f"The report is left out: {type(error).__name__}: {error}")
        return
    say(
        f"Wrote {REPORT}: {len(content) / 1000:,.0f} kB in {time.monotonic() - began:.1f} s"
    )
