"""An archive in a container whose user may write neither to packages nor to the model, as on serverless endpoints."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.environment import ServingVariable
from contracts.locations import INFERENCE_SCRIPT, PACKED_REQUIREMENTS, REQUIREMENTS
from tests.images.servers import first_response, image_server
from tests.integration.inference.test_requirements import wheel
from tests.tiny_models import build_classifier
from training.packaging.packing import pack_code

pytestmark = [pytest.mark.images, pytest.mark.timeout(300)]
VARIABLES: dict[str, str] = {
    ServingVariable.TASK: "text-classification",
    ServingVariable.PROGRAM: INFERENCE_SCRIPT,
    "PIP_NO_INDEX": "1",
    "PIP_CONFIG_FILE": "/dev/null",
    "HOME": "/nowhere",
}
SCRIPT = """
import traindrop_probe

def output_fn(prediction, accept):
    return {"version": traindrop_probe.VERSION, "labels": len(prediction)}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The image's `/opt/ml`, with an archive whose script imports a package that the image lacks."""
    code = tmp_path / "drop"
    code.mkdir()
    made = wheel(tmp_path, "traindrop_probe", "1.2")
    (code / INFERENCE_SCRIPT).write_text(SCRIPT)
    (code / REQUIREMENTS).write_text(f"{made}\n")
    base = tmp_path / "ml"
    build_classifier(base / "model")
    pack_code(base / "model", code)
    return base


def test_requirements_are_installed_where_no_package_may_be_written(
    model: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with image_server(model, log, VARIABLES, closed=True) as url:
        response = first_response(url)
    assert response.status_code == 200, log.read_text()
    assert response.json() == {"version": "1.2", "labels": 1}


def test_the_toolkits_own_installation_ends_such_a_container(
    model: Path, tmp_path: Path
) -> None:
    """What the requirements' other name in the archive is for."""
    code = model / "model" / "code"
    (code / PACKED_REQUIREMENTS).rename(code / REQUIREMENTS)
    log = tmp_path / "log"
    with (
        image_server(model, log, VARIABLES, closed=True) as url,
        pytest.raises(TimeoutError),
    ):
        first_response(url, seconds=30)
    assert "failed to install required packages" in log.read_text()
