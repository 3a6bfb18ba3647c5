from __future__ import annotations

import pytest

from tools.docs import regions_table


def test_regions_with_the_same_modes_share_a_row() -> None:
    assert regions_table.table(["us-east-1", "cn-north-1", "eu-west-1"]) == (
        "| deployment modes | regions |\n|---|---|\n"
        "| `serverless`, `realtime`, `async` | us-east-1, eu-west-1 |\n"
        "| `realtime`, `async` | cn-north-1 |"
    )


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="Put them around the section"):
        regions_table.update("# Options\n")
