from __future__ import annotations

from localcloud.differences import Difference
from tools.docs import differences_table


def test_a_row_says_what_happens_on_aws_and_here_and_links_its_test() -> None:
    row = Difference(
        "S3", "rules run", "rules are kept", "tests/unit/test_x.py::test_a_rule"
    )
    assert differences_table.table([row]) == (
        "| service | on AWS | here | shown by |\n|---|---|---|---|\n"
        "| S3 | rules run | rules are kept | [a rule](../tests/unit/test_x.py) |"
    )
