"""One local cloud for the whole folder, with the stack deployed by the real SAM CLI and a tiny base model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.client import ROOT, Cloud, command
from tests.hub_stand_in import HubStandIn
from tests.tiny_model import TEXTS, build

BASE_MODEL = "tiny"
PARALLEL_INSPECT_MB = 0.03
"""Above all drops of the tests but one."""
_WORD = re.compile(r"[^\W_]+")


def seed(cloud: Cloud, model_id: str, directory: Path) -> None:
    """Puts a model's folder where base models are mirrored."""
    for path in directory.rglob("*"):
        if path.is_file():
            key = f"base-models/{model_id}/{path.relative_to(directory).as_posix()}"
            cloud.s3.upload_file(str(path), cloud.bucket, key)


def example_words() -> str:
    """Every word of the example drops, so that a tiny model can learn from each as from one token."""
    texts = (
        path.read_text("utf-8")
        for path in sorted((ROOT / "examples").rglob("*"))
        if path.is_file() and "sagemaker-tests" not in path.parts
    )
    return " ".join(
        sorted({word.lower() for text in texts for word in _WORD.findall(text)})
    )


@pytest.fixture(scope="session")
def hub() -> Iterator[HubStandIn]:
    with HubStandIn() as running:
        yield running


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, hub: HubStandIn) -> Iterator[Cloud]:
    with deployed_cloud(tmp_path_factory, hub) as running:
        yield running


@contextmanager
def deployed_cloud(
    tmp_path_factory: pytest.TempPathFactory, hub: HubStandIn
) -> Iterator[Cloud]:
    """A local cloud of its own, with a tiny base model."""
    state = tmp_path_factory.mktemp("cloud")
    parameters = (
        f"BaseModel={BASE_MODEL}",
        f"HubEndpoint={hub.url}",
        f"ParallelInspectMb={PARALLEL_INSPECT_MB}",
        "DriftSamplePercent=100",
    )
    try:
        command(
            "up",
            "--state",
            str(state),
            *(
                option
                for parameter in parameters
                for option in ("--parameter", parameter)
            ),
        )
        running = Cloud(state)
        seed(
            running,
            BASE_MODEL,
            build(tmp_path_factory.mktemp("tiny"), (*TEXTS, example_words())),
        )
        yield running
        running.http.close()
    finally:
        command("down", "--state", str(state))


@pytest.fixture(scope="session")
def live(cloud: Cloud) -> str:
    """The name of a model that is live."""
    return cloud.live_model("film-reviews")
