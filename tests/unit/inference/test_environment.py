from __future__ import annotations

from pathlib import Path

import pytest

from inference.environment import Environment
from inference.errors import ArchiveError


def test_defaults_are_those_of_the_container() -> None:
    found = Environment.read({})
    assert (found.model_dir, found.port, found.default_accept) == (Path("/opt/ml/model"), 8080, "application/json")


def test_empty_variables_count_as_unset() -> None:
    names = ("SAGEMAKER_PROGRAM", "HF_TASK", "HF_MODEL_ID", "SAGEMAKER_BIND_TO_PORT", "SAGEMAKER_MODEL_SERVER_WORKERS")
    assert Environment.read(dict.fromkeys(names, "")) == Environment.read({})


def test_variables_of_the_contract_are_read() -> None:
    found = Environment.read(
        {
            "SAGEMAKER_BASE_DIR": "/tmp/base",
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
            "SAGEMAKER_BIND_TO_PORT": "9000",
            "SAGEMAKER_MODEL_SERVER_WORKERS": "2",
            "HF_TASK": "text-classification",
            "HF_MODEL_ID": "org/name",
            "HF_MODEL_REVISION": "main",
        }
    )
    assert found == Environment(
        Path("/tmp/base/model"), "serve.py", "text-classification", "org/name", "main", "text/csv", 9000, 2
    )


@pytest.mark.parametrize("value", ["x", "-1", "0", "1.5"])
def test_numbers_are_checked(value: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        Environment.read({"SAGEMAKER_BIND_TO_PORT": value})
    assert str(caught.value) == (
        f"expected SAGEMAKER_BIND_TO_PORT to be a positive number; found {value!r}. Correct or unset it."
    )
