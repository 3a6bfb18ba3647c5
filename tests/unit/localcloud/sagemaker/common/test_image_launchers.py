from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.sagemaker.common.image_environments import (
    with_environment,
    with_launcher,
)
from localcloud.sagemaker.common.image_launchers import (
    MODEL_SERVER,
    ImageEnvironments,
    as_container,
    make_container_environment,
)
from localcloud.sagemaker.common.images import Image
from localcloud.sagemaker.common.package_views import PackageViews

TRAINING = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-training:2.9.0"
)
SCRIPT = "#!{python}\nimport image_package, sys\nprint(image_package.VERSION, sys.argv[1:])\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of a training image, with one package and one program."""
    folder = (
        tmp_path_factory.mktemp("images") / ".venv-image-huggingface-pytorch-training"
    )
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True
    )
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "image_package.py").write_text("VERSION = 'of the image'\n")
    train = folder / "bin" / "train"
    train.write_text(SCRIPT.format(python=folder / "bin" / "python"))
    train.chmod(0o755)
    (folder / ".ready").touch()
    return folder


def output(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_container_sees_the_packages_and_programs_of_its_image(
    environment: Path, tmp_path: Path
) -> None:
    image = as_container(Image("*", "training"), environment, tmp_path)
    assert image.is_container
    assert image.program() == [str(tmp_path / "environment" / "bin" / "train")]
    assert output(*image.program(), "train") == "of the image ['train']"
    prefix = output(image.python, "-c", "import sys; print(sys.prefix)")
    assert prefix == str(tmp_path / "environment")


def test_what_a_container_installs_stays_its_own(
    environment: Path, tmp_path: Path
) -> None:
    first = make_container_environment(environment, tmp_path / "first")
    second = make_container_environment(environment, tmp_path / "second")
    [packages] = first.glob("lib/python*/site-packages")
    (packages / "image_package.py").write_text("VERSION = 'of requirements.txt'\n")
    code = "import image_package; print(image_package.VERSION)"
    assert output(first / "bin" / "python", "-c", code) == "of requirements.txt"
    assert output(second / "bin" / "python", "-c", code) == "of the image"


def test_an_inference_image_starts_the_toolkits_server(
    environment: Path, tmp_path: Path
) -> None:
    image = as_container(Image("*", "inference", ("{python}",)), environment, tmp_path)
    assert image.program() == [image.python, str(MODEL_SERVER)]
    assert MODEL_SERVER.is_file()


def test_only_a_finished_environment_is_used(environment: Path, tmp_path: Path) -> None:
    assert ImageEnvironments(environment.parent).find(TRAINING) == environment
    assert ImageEnvironments(environment.parent).find("team/own:1") is None
    (tmp_path / environment.name).mkdir()
    assert ImageEnvironments(tmp_path).find(TRAINING) is None


def test_an_image_with_a_launcher_is_no_view(environment: Path, tmp_path: Path) -> None:
    environments = ImageEnvironments(environment.parent)
    plain = Image("*", "training")
    assert with_launcher(plain, TRAINING, None, tmp_path) is plain
    image = with_launcher(plain, TRAINING, environments, tmp_path)
    assert image.is_container
    assert with_environment(image, TRAINING, PackageViews(tmp_path / "views")) is image
    assert not (tmp_path / "views").exists()
