"""The code of an earlier version, from this repository's history."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.client import ROOT

REVISION_VARIABLE = "UPGRADE_FROM"
DEFAULT_REVISION = "75acce9acf1e84c056da5ff37c67be75f1a9c96f"
"""Of November 2026: before approval, costs, sleep and wake."""
_TOOLS = ".venv-aws"


def earlier_version(folder: Path) -> Path:
    """A folder with the files of the revision in `UPGRADE_FROM`; skips the test in a copy without the history."""
    revision = os.environ.get(REVISION_VARIABLE) or DEFAULT_REVISION
    if not _has_history():
        pytest.skip("expected a clone with its history; found a part of it, or none")
    archive = folder / "earlier.tar"
    subprocess.run(
        ["git", "archive", "--output", str(archive), revision], cwd=ROOT, check=True
    )
    root = folder / "earlier"
    root.mkdir()
    subprocess.run(["tar", "-xf", str(archive), "-C", str(root)], check=True)
    (root / _TOOLS).symlink_to(ROOT / _TOOLS)
    return root


def _has_history() -> bool:
    shallow = ["git", "rev-parse", "--is-shallow-repository"]
    done = subprocess.run(
        shallow, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and done.stdout.strip() == "false"
