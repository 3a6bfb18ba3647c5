from pathlib import Path

import pytest

from tests.unit.inference.tiny import build_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared: copy it before changing it."""
    return build_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def contract_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HF_TASK",
        "HF_MODEL_ID",
        "HF_MODEL_REVISION",
        "SAGEMAKER_PROGRAM",
        "SAGEMAKER_BASE_DIR",
    ):
        monkeypatch.delenv(name, raising=False)
