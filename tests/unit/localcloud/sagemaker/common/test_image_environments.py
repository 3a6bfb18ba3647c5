from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from localcloud.sagemaker.common.image_environments import activated, with_environment
from localcloud.sagemaker.common.images import Image
from localcloud.sagemaker.common.package_views import PackageViews

TRAINING = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.9.0"
)
IMAGE = Image("*", "training")


@pytest.fixture
def views(tmp_path: Path) -> PackageViews:
    return PackageViews(tmp_path / "views")


def importable(image: Image, module: str) -> bool:
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return subprocess.run([image.python, "-c", code], check=False).returncode == 0


def test_an_image_sees_its_manifest_and_the_requirements(
    views: PackageViews, tmp_path: Path
) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("-c constraints.txt\nsacrebleu  # the metric\n")
    image = with_environment(IMAGE, TRAINING, views, file, tmp_path / "none.txt")
    assert importable(image, "torch")
    assert importable(image, "sacrebleu")
    assert not importable(image, "rouge_score")
    assert not importable(image, "pytest")


def test_an_image_without_a_manifest_sees_everything(views: PackageViews) -> None:
    assert with_environment(IMAGE, "team/own:1", views) is IMAGE


def test_its_interpreter_is_first_on_the_path(views: PackageViews) -> None:
    image = with_environment(IMAGE, TRAINING, views)
    environment = activated(image, {"PATH": "/bin", "A": "b"})
    first, last = environment["PATH"].split(os.pathsep)
    assert (first, last) == (str(Path(image.python).parent), "/bin")
    assert environment["A"] == "b"
    assert activated(IMAGE, {"PATH": "/bin"}) == {"PATH": "/bin"}
