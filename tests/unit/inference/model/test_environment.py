from __future__ import annotations

from pathlib import Path

import pytest

from inference.model.environment import Environment
from inference.protocols.errors import ArchiveError


def test_defaults_are_those_of_the_container() -> None:
    result = Environment.read({})
    assert (result.model_dir, result.port, result.default_accept) == (
        Path("/opt/ml/model"),
        8080,
        "application/json",
    )


def test_empty_variables_count_as_unset() -> None:
    names = (
        "SAGEMAKER_PROGRAM",
        "HF_TASK",
        "HF_MODEL_ID",
        "SAGEMAKER_BIND_TO_PORT",
        "SAGEMAKER_MODEL_SERVER_WORKERS",
    )
    assert Environment.read(dict.fromkeys(names, "")) == Environment.read({})


def test_variables_of_the_contract_are_read() -> None:
    result = Environment.read(
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
    assert result == Environment(
        Path("/tmp/base/model"),
        "serve.py",
        "text-classification",
        "org/name",
        "main",
        "text/csv",
        9000,
        2,
    )


@pytest.mark.parametrize("value", ["x", "-1", "0", "1.5"])
def test_numbers_are_checked(value: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        Environment.read({"SAGEMAKER_BIND_TO_PORT": value})
    assert str(caught.value) == (
        f"expected SAGEMAKER_BIND_TO_PORT to be a positive number; found {value!r}. Correct or unset it."
    )


@pytest.mark.parametrize(
    ("variables", "bytes_"),
    [
        ({}, None),
        ({"MMS_MAX_REQUEST_SIZE": "1000"}, 1000),
        ({"SAGEMAKER_MAX_PAYLOAD_IN_MB": "2"}, 2_097_152),
    ],
)
def test_limit_of_bodies_is_read(variables: dict[str, str], bytes_: int | None) -> None:
    assert Environment.read(variables).body_limit == bytes_


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, 3600),
        ({"SAGEMAKER_MODEL_SERVER_TIMEOUT": "2"}, 120),
        (
            {
                "MMS_DEFAULT_RESPONSE_TIMEOUT": "3",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT": "2",
            },
            180,
        ),
        (
            {
                "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS": "5",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT": "2",
            },
            5,
        ),
        (
            {
                "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS": "",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT": "",
            },
            3600,
        ),
    ],
)
def test_timeout_without_a_unit_is_in_minutes(
    variables: dict[str, str], seconds: int
) -> None:
    assert Environment.read(variables).answer_seconds == seconds


@pytest.mark.parametrize(
    ("value", "strict"), [("1", True), ("true", True), ("0", False), ("", False)]
)
def test_strict_mode_is_asked_for(value: str, strict: bool) -> None:
    assert Environment.read({"TRAINDROP_STRICT": value}).strict is strict


def test_flags_are_checked() -> None:
    with pytest.raises(ArchiveError) as caught:
        Environment.read({"TRAINDROP_STRICT": "maybe"})
    assert (
        str(caught.value)
        == "expected TRAINDROP_STRICT to be 0 or 1; found 'maybe'. Correct or unset it."
    )
