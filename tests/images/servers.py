"""The inference image's own server, started without the local cloud around it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from localcloud.cloud import ROOT
from localcloud.sagemaker.common.image_environments import activated
from localcloud.sagemaker.common.image_launchers import (
    ENVIRONMENT_NAME,
    ImageEnvironments,
    as_container,
)
from localcloud.sagemaker.common.images import DEFAULT_IMAGES
from localcloud.sagemaker.common.launch import end_group
from localcloud.sagemaker.hosting.replica import free_server_port
from tests.integration.inference.image import as_anyone

IMAGE = "huggingface-pytorch-inference:2.6.0"
START_SECONDS = 240
NO_WRITING = ~0o222


@contextmanager
def image_server(
    base: Path, log: Path, variables: Mapping[str, str], *, closed: bool = False
) -> Iterator[str]:
    """The URL of the image's server on `base`, its `/opt/ml`.

    `closed` as the containers of serverless endpoints are: their user may write neither to the image's packages nor
    to the model.
    """
    environment = ImageEnvironments(ROOT).find(IMAGE)
    assert environment is not None
    image = as_container(
        DEFAULT_IMAGES.find(IMAGE, "inference"), environment, base.parent
    )
    if closed:
        forbid_writing(base)
        forbid_writing(base.parent / ENVIRONMENT_NAME)
    port = str(free_server_port())
    own = {"PATH": os.environ["PATH"], "HOME": str(base.parent), **variables}
    own |= {"SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": port}
    command = list(image.program())
    with log.open("wb") as stream:
        process = subprocess.Popen(
            as_anyone(command) if closed else command,
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


def forbid_writing(folder: Path) -> None:
    """pytest removes such folders all the same."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & NO_WRITING)


def first_response(url: str, seconds: float = START_SECONDS) -> httpx.Response:
    """The first one that is not of a server that still starts."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            response = httpx.post(
                f"{url}/invocations", json={"inputs": "a film"}, timeout=60
            )
            if response.status_code != 503:
                return response
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise TimeoutError(
        f"expected an answer of {url} within {seconds} s; there was none"
    )
