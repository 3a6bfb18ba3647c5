"""The serving image without Docker: its steps taken in a folder, its command run there, asked and ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.inference.image import Image, as_anyone
from tests.integration.inference.process import Serving, free_port, started
from tests.integration.inference.test_requirements import wheel
from tests.unit.inference.model_folder import LABELS, add_code, add_shim
from tests.unit.inference.tiny import build_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PROBE = (
    "import image_probe\ndef model_fn(d): return lambda inputs: image_probe.VERSION\n"
)


@pytest.fixture(scope="module")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = Image(tmp_path_factory.mktemp("image"), os.environ.get("TORCH_INDEX"))
    image.install("onnx")
    image.finish()
    return image


@pytest.fixture(scope="module")
def whole(smaller: Image) -> Image:
    smaller.install("full")
    return smaller


@contextmanager
def serving(image: Image, base: Path, **more: str) -> Iterator[Serving]:
    """As SageMaker runs it, with `base`/model as it is mounted there, but heard on this machine only."""
    port = free_port()
    command = [
        *image.image.command("ENTRYPOINT"),
        *image.image.command("CMD"),
        "--host",
        "127.0.0.1",
    ]
    variables = {
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        **more,
    }
    folders = [
        base / "model",
        *(path for path in (base / "model").rglob("*") if path.is_dir()),
    ]
    for folder in folders:
        folder.chmod(0o555)
    try:
        with started(
            as_anyone(command), port, image.folder, image.environment() | variables
        ) as running:
            yield running
    finally:
        for folder in folders:
            folder.chmod(0o755)


def health(image: Image, port: str) -> int:
    return image.run(
        image.image.command("HEALTHCHECK"), SAGEMAKER_BIND_TO_PORT=port
    ).returncode


def test_the_smaller_image_serves_hooks_with_packages_of_their_own(
    smaller: Image, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    add_code(model, inference=PROBE)
    made = wheel(model / "code", "image_probe", "1.2")
    (model / "code" / "requirements.txt").write_text(f"./{made.name}\n")
    assert smaller.run(["pip", "check"]).stdout == "No broken requirements found.\n"
    assert smaller.run(["python", "-c", "import torch"]).returncode == 1
    with serving(smaller, tmp_path, PIP_NO_INDEX="1") as running:
        running.wait_until_ready()
        assert running.post({"inputs": "x"}).json() == "1.2"
        assert running.terminate() == 0
    assert {path.name for path in (model / "code").iterdir()} == {
        "inference.py",
        "requirements.txt",
        made.name,
    }


def test_the_whole_image_serves_an_archive_until_it_is_told_to_end(
    whole: Image, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    add_shim(build_model(model))
    assert whole.run(["pip", "check"]).stdout == "No broken requirements found.\n"
    with serving(
        whole, tmp_path, HF_TASK="text-classification", SAGEMAKER_PROGRAM="inference.py"
    ) as running:
        port = running.url.rpartition(":")[2]
        assert health(whole, port) == 1
        running.wait_until_ready()
        assert health(whole, port) == 0
        (answer,) = running.post({"inputs": "a good film"}).json()
        assert answer["label"] in LABELS
        assert running.terminate() == 0
        assert health(whole, port) == 1
