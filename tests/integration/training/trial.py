"""A job that runs in the test's own process, and what everyone reads when it fails."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import load_file

from contracts.failures import (
    CauseAndRemedy,
)
from tests.integration.training.explained import explained
from tests.integration.training.job import Job
from tests.integration.training.running import as_a_process
from training.job import main


@dataclass
class Trial:
    """Runs jobs in this process; `log` and `errors` are what the last one printed."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    log: str = ""
    errors: str = ""

    def run(self, job: Job, *argv: str) -> int:
        """The job's exit code."""
        channels = {
            f"SM_CHANNEL_{path.name.upper()}": str(path)
            for path in (job.base / "input" / "data").iterdir()
        }
        places = {
            "SM_MODEL_DIR": str(job.base / "model"),
            "SM_OUTPUT_DATA_DIR": str(job.base / "output" / "data"),
        }
        for name in [name for name in os.environ if name.startswith("SM_")]:
            self.patch.delenv(name)
        for name, value in (channels | places).items():
            self.patch.setenv(name, value)
        self.patch.setattr(sys, "argv", ["train.py", *argv])
        with as_a_process():
            code = main()
        self.log, self.errors = self.capture.readouterr()
        return code

    def cause_and_remedy(self, job: Job, *argv: str) -> CauseAndRemedy:
        """The cause and remedy of a job that fails, the same everywhere."""
        assert self.run(job, *argv) == 1
        explanation = explained(job.base / "output", self.errors, self.patch)
        cause_and_remedy = CauseAndRemedy.parse(explanation.file)
        assert cause_and_remedy is not None
        assert explanation.reason == f"AlgorithmError: {explanation.file}, exit code: 1"
        assert len(explanation.reason) <= 1024
        assert self.errors.splitlines()[-1] == f"The job failed: {cause_and_remedy}"
        failure = explanation.record["failure"]
        remedy = cause_and_remedy.remedy.replace("<run>", explanation.record["run"])
        assert (failure["cause"], failure["remedy"]) == (cause_and_remedy.cause, remedy)
        assert explanation.answer["failure"] == failure
        assert (
            f"\nCause: {cause_and_remedy.cause}\nWhat to do: {remedy}\n"
            in explanation.notification
        )
        assert failure["log_tail"][-1] == f"The job failed: {cause_and_remedy}"
        return cause_and_remedy

    def weights(self, job: Job, *argv: str) -> dict[str, torch.Tensor]:
        """Of the model that a job makes."""
        assert self.run(job, *argv) == 0, self.errors
        return load_file(job.base / "model" / "model.safetensors")
