"""A drop's own requirements: in the training image for its script, in the inference image for its hooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.client import Cloud
from tests.e2e.conftest import BASE_MODEL
from tests.e2e.test_forms import TEXTS, TUTORIAL, saved_dataset
from tests.images.test_tasks import RUN_SECONDS, TRAINED, log_of_job
from tests.integration.inference.test_requirements import wheel

pytestmark = [pytest.mark.images, pytest.mark.timeout(RUN_SECONDS + 300)]
MODEL = "own-requirements"
PROBE = "traindrop_probe"
SETTINGS = (
    "hyperparameters: {epochs: 4, per_device_train_batch_size: 16,"
    f" learning_rate: 0.001, model_name_or_path: {BASE_MODEL}}}\n"
    "example: {reviews: [a great film]}\n"
)


def drop(folder: Path) -> dict[str, bytes]:
    """The tutorial's drop; script and hooks import a package that neither image has, from a wheel beside them."""
    made = wheel(folder, PROBE, "1.2")
    files = saved_dataset(folder / "saved")
    for name in ("train.py", "inference.py"):
        script = (TUTORIAL / name).read_text("utf-8")
        line = f"import {PROBE}\nprint('probe', {PROBE}.VERSION, flush=True)\n"
        files[f"code/{name}"] = f"{line}{script}".encode()
    files["code/requirements.txt"] = f"./{made.name}\n".encode()
    files[f"code/{made.name}"] = made.read_bytes()
    files["traindrop.yaml"] = SETTINGS.encode()
    return files


def test_they_are_installed_in_both_images(cloud: Cloud, tmp_path: Path) -> None:
    cloud.drop_all(MODEL, drop(tmp_path))
    record = cloud.ended(MODEL, timeout=RUN_SECONDS)
    assert record["status"] == "live", record
    log = log_of_job(cloud, record["training"]["job"])
    assert "probe 1.2" in log
    assert TRAINED in log
    answer = cloud.http.post(f"/models/{MODEL}/predict", json={"reviews": TEXTS})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["stars"]) == len(TEXTS)
