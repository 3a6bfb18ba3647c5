from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.sagemaker.common.launch import Program, RunningProgram, start_program
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import TRAINING_JOB
from localcloud.sagemaker.training.job_output import JobOutput
from localcloud.sagemaker.training.job_request import JobRequest
from tests.unit.localcloud.sagemaker.training.jobs import a_body, paths_below
from tests.unit.localcloud.sagemaker.training.states import isolated_state


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SageMakerState]:
    isolated = isolated_state(tmp_path / "state", log_interval=0.02)
    yield isolated
    isolated.store.close()


def output_of(state: SageMakerState, folder: Path) -> JobOutput:
    body = a_body()
    body["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "loss", "Regex": "loss=([0-9.]+)"}
    ]
    state.store.insert(TRAINING_JOB, "job-1", body)
    output = JobOutput(state, JobRequest.from_body(body), paths_below(folder))
    output.open_log()
    return output


def run(output: JobOutput, folder: Path, code: str) -> int:
    program = Program([sys.executable, "-c", code], dict(os.environ), folder)
    return output.run(lambda stdout, stderr: start_program(program, stdout, stderr))


def test_lines_reach_the_log_and_the_end_of_stderr_is_kept(
    state: SageMakerState, tmp_path: Path
) -> None:
    output = output_of(state, tmp_path)
    code = "import sys; print('out'); print('\\n'.join(str(n) for n in range(40)), file=sys.stderr); sys.exit(3)"
    assert run(output, tmp_path, code) == 3
    output.close_log()
    lines = (tmp_path / "job.log").read_text().splitlines()
    assert sorted(lines) == sorted(["out", *map(str, range(40))])
    assert output.stderr == [str(number) for number in range(10, 40)]
    output.clear_stderr()
    assert output.stderr == []


def test_metrics_that_are_printed_are_in_the_record_when_the_log_is_closed(
    state: SageMakerState, tmp_path: Path
) -> None:
    output = output_of(state, tmp_path)
    run(output, tmp_path, "print('loss=1.5'); print('loss=0.5')")
    output.close_log()
    (metric,) = state.store.get(TRAINING_JOB, "job-1")["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("loss", 0.5)


def test_what_a_program_leaves_behind_is_ended_and_does_not_hold_its_output(
    state: SageMakerState, tmp_path: Path
) -> None:
    output = output_of(state, tmp_path)
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    assert run(output, tmp_path, code) == 0
    output.close_log()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_program_that_cannot_be_started_leaves_no_open_pipe(
    state: SageMakerState, tmp_path: Path
) -> None:
    output = output_of(state, tmp_path)
    before = open_descriptors()

    def fail(stdout: int, stderr: int) -> RunningProgram:
        raise FileNotFoundError("no such program")

    with pytest.raises(FileNotFoundError):
        output.run(fail)
    assert open_descriptors() == before
    output.close_log()
