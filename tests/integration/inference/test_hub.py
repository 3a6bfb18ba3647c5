"""A model of the Hub, served by the container's variables alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_stand_in import HubStandIn
from tests.integration.inference.process import serving
from tests.unit.inference.model_folder import LABELS

TOKEN = "hf_of_the_owner"


@pytest.fixture
def hub(tiny_model: Path) -> Iterator[HubStandIn]:
    with HubStandIn() as started:
        started.add("org/closed", tiny_model, access="private", token=TOKEN)
        yield started


def variables(hub: HubStandIn, folder: Path, **more: str) -> dict[str, str]:
    named = {
        "HF_MODEL_ID": "org/closed",
        "HF_TASK": "text-classification",
        "HF_ENDPOINT": hub.url,
    }
    return {
        **named,
        "HF_HOME": str(folder / "cache"),
        "SAGEMAKER_BASE_DIR": str(folder),
        **more,
    }


def test_a_private_model_is_served_at_its_revision(
    hub: HubStandIn, tmp_path: Path
) -> None:
    commit = hub.repos["org/closed"].commit
    settings = variables(hub, tmp_path, HF_TOKEN=TOKEN, HF_MODEL_REVISION=commit)
    with serving(None, interpreter=sys.executable, **settings) as started:
        started.wait_until_ready()
        (answer,) = started.post({"inputs": "a good film"}).json()
        assert answer["label"] in LABELS
    assert {request.token for request in hub.requests} == {TOKEN}
    assert f"/org/closed/resolve/{commit}/model.safetensors" in {
        request.path for request in hub.requests
    }


def test_code_in_the_archive_serves_a_model_of_the_hub(
    hub: HubStandIn, tmp_path: Path
) -> None:
    code = tmp_path / "model" / "code"
    code.mkdir(parents=True)
    (code / "inference.py").write_text(
        "def output_fn(prediction, accept):\n    return prediction[0]['label'].upper()\n"
    )
    settings = variables(hub, tmp_path, HF_TOKEN=TOKEN)
    with serving(None, interpreter=sys.executable, **settings) as started:
        started.wait_until_ready()
        assert started.post({"inputs": "a good film"}).text in {
            label.upper() for label in LABELS
        }


@pytest.mark.parametrize(
    ("more", "revision", "status"),
    [
        ({"HF_TOKEN": TOKEN, "HF_MODEL_REVISION": "v9"}, " at revision 'v9'", "404"),
        ({}, "", "401"),
        ({"HF_TOKEN": "hf_of_another"}, "", "404"),
    ],
    ids=["a wrong revision", "no token", "a wrong token"],
)
def test_a_model_that_cannot_be_had_ends_the_process_with_a_sentence(
    hub: HubStandIn, tmp_path: Path, more: dict[str, str], revision: str, status: str
) -> None:
    settings = variables(hub, tmp_path, **more)
    with serving(None, interpreter=sys.executable, **settings) as started:
        assert started.process.wait(timeout=60) == 1
        assert (
            f"expected the Hub model 'org/closed'{revision}, as HF_MODEL_ID says; found {status} "
            in started.log
        )
        assert "Correct or unset it." in started.log
        assert "hf_of" not in started.log
