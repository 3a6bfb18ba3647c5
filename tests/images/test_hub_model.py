"""A model of the Hub in the inference image: the toolkit downloads it at its start, and our code serves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.environment import ServingVariable
from contracts.locations import INFERENCE_SCRIPT
from tests.hub_stand_in import HubStandIn
from tests.images.servers import first_response, image_server
from tests.tiny_models import build_classifier
from training.packaging.packing import pack_code

pytestmark = [pytest.mark.images, pytest.mark.timeout(300)]


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
    with image_server(base, log, variables) as url:
        response = first_response(url)
    assert response.status_code == 200, log.read_text()
    assert set(response.json()[0]) == {"label", "score"}
