"""Scripts and requirements of the user that fail, and how everyone learns of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.failures import (
    MEMORY,
    MISMATCH,
    REQUIREMENT,
    CauseAndRemedy,
)
from tests.integration.training.scripts import prepare
from tests.integration.training.trial import Trial

SCRIPTS = {
    "an exception in a file beside it": (
        "import helpers\nhelpers.read({})\n",
        CauseAndRemedy(
            "code/train.py ended with exit code 1; its last line was: KeyError: 'label' (helpers.py, line 2).",
            "Correct the script: the log has its whole output.",
        ),
    ),
    "memory": (
        "bytearray(2**60)\n",
        MEMORY.explain(
            "code/train.py ended with exit code 1; its last line was: MemoryError (train.py, line 1)."
        ),
    ),
    "a label that is too large": (
        "import torch\ntorch.nn.functional.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 5]))\n",
        MISMATCH.explain(
            "code/train.py ended with exit code 1; its last line was: IndexError: Target 5 is out of bounds. "
            "(train.py, line 2)."
        ),
    ),
}


@pytest.mark.parametrize(("script", "cause_and_remedy"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_of_the_users_is_told_with_file_and_line(
    tmp_path: Path, trial: Trial, script: str, cause_and_remedy: CauseAndRemedy
) -> None:
    job = prepare(
        tmp_path, script, {"helpers.py": "def read(row):\n    return row['label']\n"}
    )
    assert trial.cause_and_remedy(job) == cause_and_remedy


def test_a_requirement_of_the_users_that_cannot_be_installed_is_told(
    tmp_path: Path, trial: Trial
) -> None:
    job = prepare(
        tmp_path, "print('never')", {"requirements.txt": "./no-such-folder-of-mine\n"}
    )
    cause_and_remedy = trial.cause_and_remedy(job)
    assert cause_and_remedy.remedy == REQUIREMENT.remedy
    assert cause_and_remedy.cause.startswith(f"{REQUIREMENT.cause} (ERROR: ")
    assert "no-such-folder-of-mine" in cause_and_remedy.cause
    assert "never" not in trial.log
