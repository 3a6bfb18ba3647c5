"""The command itself; what it finds and writes is tried on a whole stack in `tests/chaos/test_lost_ledger.py`."""

from __future__ import annotations

import subprocess

from tests.unit.tools.bare_python import help_with_boto3_alone
from tools.rebuild_ledger.__main__ import lines, parser
from tools.rebuild_ledger.releases import Plan
from tools.source_modules import ROOT


def test_it_runs_where_boto3_is_all_that_is_installed() -> None:
    assert "--dry-run" in help_with_boto3_alone("tools.rebuild_ledger")


def test_make_passes_on_what_it_is_given() -> None:
    make = ["make", "-B", "-n", "rebuild-ledger", "STACK=td", "OPTIONS=--dry-run"]
    commands = subprocess.run(
        make, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    expected = "venv-aws/bin/python -m tools.rebuild_ledger --stack td --dry-run"
    assert expected in " ".join(commands.split())


def test_what_was_not_found_out_is_said() -> None:
    plan = Plan((), ("known",), ("td--x: serves nothing (Failed).",))
    assert list(lines(plan)) == [
        "As the ledger has them: 1.",
        "Not recovered: td--x: serves nothing (Failed).",
    ]


def test_a_stack_must_be_named() -> None:
    assert parser().parse_args(["--stack", "td"]).dry_run is False
