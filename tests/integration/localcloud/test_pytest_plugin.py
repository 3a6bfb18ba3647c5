"""The example project, whose tests start a local SageMaker by the plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_projects_own_tests_run_on_a_local_sagemaker() -> None:
    folder = ROOT / "examples/sagemaker-tests"
    options = [
        "-p",
        "localcloud.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "--no-header",
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *options,
            "--rootdir",
            folder,
            "-c",
            "/dev/null",
            folder,
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
