"""A model of the Hub in the inference image: the toolkit downloads it at its start, and our code serves it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from contracts.environment import ServingVariable
from contracts.locations import INFERENCE_SCRIPT
from localcloud.cloud import ROOT
from localcloud.sagemaker.hosting.replica import free_server_port
from localcloud.sagemaker.image_environments import activated
from localcloud.sagemaker.image_launchers import ImageEnvironments, as_container
from localcloud.sagemaker.images import DEFAULT_IMAGES
from localcloud.sagemaker.launch import end_group
from tests.hub_stand_in import HubStandIn
from tests.tiny_models import build_classifier
from training.packaging.packing import pack_code

pytestmark = [pytest.mark.images, pytest.mark.timeout(300)]
IMAGE = "huggingface-pytorch-inference:2.6.0"
START_SECONDS = 240


@contextmanager
def image_server(base: Path, log: Path, **variables: str) -> Iterator[str]:
    """The URL of the image's server on `base`, its `/opt/ml`."""
    environment = ImageEnvironments(ROOT).find(IMAGE)
    assert environment is not None
    image = as_container(DEFAULT_IMAGES.find(IMAGE, "inference"), environment, base.parent)
    port = str(free_server_port())
    own = {"PATH": os.environ["PATH"], "HOME": str(base.parent), **variables}
    own |= {"SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": port}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            image.program(),
            env=activated(image, own),
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        end_group(process, grace=10)
        process.wait()


def first_response(url: str) -> httpx.Response:
    """The first one that is not of a server that still starts."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            response = httpx.post(f"{url}/invocations", json={"inputs": "a film"}, timeout=60)
            if response.status_code != 503:
                return response
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise TimeoutError(f"expected an answer of {url} within {START_SECONDS} s; there was none")


def test_the_toolkit_downloads_with_the_images_release_of_the_hub(
    hub: HubStandIn, tmp_path: Path
) -> None:
    """huggingface_hub ignores `local_dir_use_symlinks`, which the toolkit passes, though its signature lacks it."""
    hub.add("org/tiny", build_classifier(tmp_path / "tiny"))
    base = tmp_path / "ml"
    pack_code(base / "model")
    variables: dict[str, str] = {
        "HF_ENDPOINT": hub.url,
        ServingVariable.MODEL_ID: "org/tiny",
        ServingVariable.TASK: "text-classification",
        ServingVariable.PROGRAM: INFERENCE_SCRIPT,
    }
    log = tmp_path / "log"
    with image_server(base, log, **variables) as url:
        response = first_response(url)
    assert response.status_code == 200, log.read_text()
    assert set(response.json()[0]) == {"label", "score"}
