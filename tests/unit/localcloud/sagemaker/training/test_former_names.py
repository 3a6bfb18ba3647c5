from __future__ import annotations

import pytest

from localcloud.sagemaker.common.images import Image
from localcloud.sagemaker.training.former_names import COMPAT_SCRIPT, with_former_names

OLD = "1.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.8.0-transformers4.56.2-gpu-py312"
NEW = "1.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312"
IMAGE = Image("huggingface-pytorch-training", "training")
TORCHRUN = [
    *("python", "-m", "torch.distributed.run", "--nnodes", "1"),
    *("--nproc_per_node", "4"),
]


def test_the_script_is_there() -> None:
    assert COMPAT_SCRIPT.is_file()


@pytest.mark.parametrize("launcher", [["python"], TORCHRUN])
def test_a_script_is_run_by_the_one_that_knows_the_former_names(
    launcher: list[str],
) -> None:
    command = [*launcher, "train.py", "--epochs", "1"]
    expected = [*launcher, str(COMPAT_SCRIPT), "train.py", "--epochs", "1"]
    assert with_former_names(OLD, IMAGE, command) == expected


@pytest.mark.parametrize(
    ("uri", "image", "command"),
    [
        (NEW, IMAGE, ["python", "train.py"]),
        (OLD, IMAGE, ["/bin/sh", "-c", "./run.sh"]),
        (OLD, Image("own", "training", ("serve",)), ["serve", "train"]),
        (
            OLD,
            Image("own", "training", ("train",), is_container=True),
            ["train"],
        ),
    ],
)
def test_any_other_command_stays(uri: str, image: Image, command: list[str]) -> None:
    assert with_former_names(uri, image, command) == command
