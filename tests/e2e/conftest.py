"""One local cloud for the whole folder, with the stack deployed by the real SAM CLI and a tiny base model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Cloud, command
from tests.tiny_model import build

BASE_MODEL = "tiny"


def seed(cloud: Cloud, model_id: str, directory: Path) -> None:
    """Puts a model's folder where base models are mirrored."""
    for path in directory.rglob("*"):
        if path.is_file():
            key = f"base-models/{model_id}/{path.relative_to(directory).as_posix()}"
            cloud.s3.upload_file(str(path), cloud.bucket, key)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("cloud")
    try:
        command("up", "--state", str(state), "--parameter", f"BaseModel={BASE_MODEL}")
        running = Cloud(state)
        seed(running, BASE_MODEL, build(tmp_path_factory.mktemp("tiny")))
        yield running
        running.http.close()
    finally:
        command("down", "--state", str(state))


@pytest.fixture(scope="session")
def live(cloud: Cloud) -> str:
    """The name of a model that is live."""
    return cloud.live_model("film-reviews")
