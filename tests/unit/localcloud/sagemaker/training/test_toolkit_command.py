from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.sagemaker.common.errors import JobError
from localcloud.sagemaker.common.images import Image
from localcloud.sagemaker.training.toolkit_command import (
    Hyperparameters,
    Machine,
    container_command,
    to_arguments,
    training_command,
)
from tests.unit.localcloud.sagemaker.training.jobs import MACHINE, a_job, paths_below

SCRIPT = Image("huggingface-pytorch-training", "training")


def command(
    folder: Path, machine: Machine = MACHINE, **hyperparameters: str
) -> list[str]:
    job, paths = a_job(**hyperparameters), paths_below(folder)
    paths.make(job)
    for name in ("train.py", "run.sh"):
        (paths.code / name).touch()
    return training_command(SCRIPT, job, paths, machine)


def test_a_python_script_runs_under_this_interpreter(tmp_path: Path) -> None:
    assert command(tmp_path, epochs="1") == [
        sys.executable,
        "train.py",
        "--epochs",
        "1",
    ]


def test_a_shell_script_gets_its_arguments(tmp_path: Path) -> None:
    argv = command(tmp_path, sagemaker_program="run.sh", text="a b")
    assert argv == ["/bin/sh", "-c", "./run.sh --text 'a b'"]


def test_distribution_runs_torchrun_with_a_process_a_gpu(tmp_path: Path) -> None:
    argv = command(
        tmp_path, Machine(cpus=8, gpus=4), sagemaker_torch_distributed_enabled="true"
    )
    launcher = ["-m", "torch.distributed.run", "--nnodes", "1", "--nproc_per_node", "4"]
    assert argv == [sys.executable, *launcher, "train.py"]


def words_of_script(
    folder: Path, image: Image, script: str = "train.py", **own: str
) -> list[str]:
    """What the script finds as its arguments."""
    job = a_job(sagemaker_program=script, **own)
    paths = paths_below(folder)
    paths.make(job)
    code = paths.code
    (code / "train.py").write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
    (code / "run.sh").write_text(f'#!/bin/sh\nexec {sys.executable} train.py "$@"\n')
    (code / "run.sh").chmod(0o755)
    toolkit_command = training_command(image, job, paths, MACHINE)
    done = subprocess.run(
        container_command(image, toolkit_command),
        check=False,
        cwd=code,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    words: list[str] = json.loads(done.stdout)
    return words


def test_a_shell_reads_the_arguments_again_before_toolkit_5_1_3(tmp_path: Path) -> None:
    own = {"a": "summarize: ", "b": "", "c": "$(echo run)"}
    words = words_of_script(tmp_path, replace(SCRIPT, toolkit="5.1.2"), **own)
    assert words == ["-a", "summarize:", "-b", "-c", "run"]
    words = words_of_script(tmp_path, replace(SCRIPT, toolkit="5.1.3"), **own)
    assert words == ["-a", "summarize: ", "-b", "", "-c", "$(echo run)"]


def test_the_image_has_a_toolkit_with_a_shell_where_nothing_is_said(
    tmp_path: Path,
) -> None:
    assert words_of_script(tmp_path, SCRIPT, a="two words") == ["-a", "two", "words"]


@pytest.mark.parametrize("toolkit", ["5.1.2", "5.1.3"])
def test_a_shell_script_gets_its_arguments_whole(tmp_path: Path, toolkit: str) -> None:
    image = replace(SCRIPT, toolkit=toolkit)
    assert words_of_script(tmp_path, image, "run.sh", a="two words") == [
        "-a",
        "two words",
    ]


def test_the_entry_point_passes_on_the_exit_code_and_no_signal(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(0.2)\nos._exit(3)"
    )
    toolkit_command = [sys.executable, "train.py"]
    image = replace(SCRIPT, toolkit="5.1.3")
    done = subprocess.run(
        container_command(image, toolkit_command), cwd=tmp_path, check=False
    )
    assert done.returncode == 3


def test_an_image_with_a_command_of_its_own_is_run_as_such(tmp_path: Path) -> None:
    image = Image("own", "training", ("{python}", "-m", "own"))
    assert training_command(image, a_job(), paths_below(tmp_path), MACHINE) == [
        sys.executable,
        "-m",
        "own",
        "train",
    ]


def test_the_launcher_of_an_image_runs_below_its_entry_point(tmp_path: Path) -> None:
    image = Image("*", "training", ("/image/bin/train",), is_container=True)
    argv = training_command(image, a_job(), paths_below(tmp_path), MACHINE)
    assert argv == ["/image/bin/train", "train"]
    assert container_command(image, argv)[:2] == ["/bin/sh", "-c"]
    assert container_command(image, argv)[3:] == ["entry-point", *argv]


def test_a_program_that_cannot_be_run_is_explained(tmp_path: Path) -> None:
    with pytest.raises(JobError) as caught:
        command(tmp_path, sagemaker_program="")
    assert str(caught.value) == (
        "ClientError: expected the hyperparameter sagemaker_program to name a .py or .sh file, found ''. "
        "Set it to the training script's name inside the source archive."
    )


def test_values_may_be_json_or_bare() -> None:
    sent = {
        "a": '"quoted"',
        "b": "bare",
        "c": "1e-4",
        "d": "true",
        "e": "null",
        "f": '{"x": 1}',
        "g": "[1, 2]",
    }
    decoded = Hyperparameters.decode(sent)
    assert decoded.own == {
        "a": "quoted",
        "b": "bare",
        "c": 1e-4,
        "d": True,
        "e": None,
        "f": {"x": 1},
        "g": [1, 2],
    }
    assert decoded.platform == {}


def test_platform_parameters_are_kept_apart() -> None:
    decoded = Hyperparameters.decode(
        {"epochs": "1", "sagemaker_program": '"train.py"', "sagemaker_region": "r"}
    )
    assert decoded.own == {"epochs": 1}
    assert decoded.platform == {
        "sagemaker_program": "train.py",
        "sagemaker_region": "r",
    }


def test_arguments_are_sorted_pairs() -> None:
    own = {
        "fp16": True,
        "epochs": 1,
        "cfg": {"a": 1, "b": 2},
        "layers": [1, "x"],
        "none": None,
        "n": 3,
        "name": "m",
    }
    assert to_arguments(own) == [
        *("--cfg", "a=1,b=2"),
        *("--epochs", "1"),
        *("--fp16", "True"),
        *("--layers", "[1, 'x']"),
        *("-n", "3"),
        *("--name", "m"),
        *("--none", ""),
    ]


def test_names_keep_their_hyphens() -> None:
    assert to_arguments({"learning-rate": 0.1}) == ["--learning-rate", "0.1"]
