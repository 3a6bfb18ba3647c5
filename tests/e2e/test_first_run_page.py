"""The commands of docs/aws-first-run.md, word for word, from the stack's outputs to the first prediction."""

from __future__ import annotations

import json
import os
import re
import subprocess
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import ROOT, Cloud
from tests.e2e.test_tasks import LENIENT_GATE

PAGE = (ROOT / "docs" / "aws-first-run.md").read_text("utf-8")
OUTPUTS, REJECTED, TRAINED = 2, 3, 4
"""The page's sections."""


def commands(section: int) -> list[str]:
    """The indented lines of a section."""
    text = PAGE.partition(f"\n## {section}. ")[2].partition("\n## ")[0]
    return re.findall(r"^    (\S.*)$", text, re.MULTILINE)


class Shell:
    """The page's variables, set once as its second section sets them."""

    def __init__(self, cloud: Cloud) -> None:
        path = f"{ROOT / '.venv-aws' / 'bin'}:{os.environ['PATH']}"
        self._environment = os.environ | cloud.environment | {"PATH": path}
        self._folder = ROOT
        lines = commands(OUTPUTS)
        first = next(i for i, line in enumerate(lines) if line.startswith("BUCKET="))
        variables = [line for line in lines[first:] if "=$(" in line]
        names = [line.partition("=")[0] for line in variables]
        values = self.run(*variables, *(f'echo "${name}"' for name in names))
        self._environment |= dict(zip(names, values.splitlines(), strict=True))

    def in_folder(self, folder: Path) -> Shell:
        """The same in the folder where a reader stands."""
        moved = copy(self)
        moved._folder = folder
        return moved

    def run(self, *lines: str) -> str:
        script = "\n".join(["set -eu", *lines])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, line: str) -> Any:
        return json.loads(self.run(line))


@pytest.fixture(scope="module")
def first_shell(cloud: Cloud) -> Shell:
    return Shell(cloud)


@pytest.fixture
def shell(first_shell: Shell, tmp_path: Path) -> Shell:
    """In what a reader stands in: a checkout."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return first_shell.in_folder(tmp_path)


def test_the_outputs_lead_to_the_api(shell: Shell) -> None:
    models = next(line for line in commands(OUTPUTS) if '"$API/models"' in line)
    assert isinstance(shell.ask(models)["models"], list)


def test_a_bad_file_is_rejected_as_the_page_says(cloud: Cloud, shell: Shell) -> None:
    *upload, look = commands(REJECTED)
    shell.run(*upload)
    cloud.ended("broken")
    runs = [run for run in shell.ask(look)["runs"] if run["model"] == "broken"]
    assert len(runs) == 1
    for fact in re.findall(r'"(\w+)": ("?\w+"?)', look):
        assert runs[0][fact[0]] == json.loads(fact[1])


@pytest.mark.slow
def test_the_example_goes_live_and_answers_the_pages_question(
    cloud: Cloud, shell: Shell
) -> None:
    upload, look, predict = commands(TRAINED)
    cloud.drop("first", LENIENT_GATE.encode(), "traindrop.yaml")
    shell.run(upload)
    assert cloud.ended("first")["status"] == "live"
    runs = [run for run in shell.ask(look)["runs"] if run["model"] == "first"]
    assert runs[0]["status"] == "live"
    (answer,) = shell.ask(predict)
    assert answer["label"] in {"positive", "negative"}
    assert 0.5 <= answer["score"] <= 1
