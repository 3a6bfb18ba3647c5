"""The environment variables of the hosting contract; an empty one counts as unset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.environment import ServingVariable
from contracts.locations import CONTAINER_ROOT, MODEL_DIRECTORY

from ..protocols.errors import ArchiveError
from ..protocols.media import JSON

AUTO, TORCH, ONNXRUNTIME = "auto", "torch", "onnxruntime"
BACKENDS = (AUTO, TORCH, ONNXRUNTIME)
"""What runs the model; `auto` is ONNX Runtime where the archive holds a graph for it that is faster here."""


@dataclass(frozen=True)
class Environment:
    """`SAGEMAKER_SUBMIT_DIRECTORY` is absent on purpose: the hosting container does not read it either."""

    model_dir: Path = Path(MODEL_DIRECTORY)
    program: str | None = None
    task: str | None = None
    model_id: str | None = None
    revision: str | None = None
    default_accept: str = JSON
    port: int = 8080
    workers: int | None = None
    """None leaves it to the server."""
    backend: str = AUTO
    """One of `BACKENDS`."""
    strict: bool = False
    """Answers exactly as the container does."""
    body_limit: int | None = None
    """Bytes; None leaves it to the server."""
    answer_seconds: int = 3600
    """How long a request may wait for its answer."""
    run: str = ""
    """What answers have to name; empty where their variant does."""

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Environment:
        """Raises `ArchiveError` for a number that is none, or an unknown backend."""
        source = os.environ if variables is None else variables
        variables = {name: value for name, value in source.items() if value}
        return cls(
            model_dir=Path(variables.get(ServingVariable.BASE_DIR, CONTAINER_ROOT))
            / "model",
            program=variables.get(ServingVariable.PROGRAM),
            task=variables.get(ServingVariable.TASK),
            model_id=variables.get(ServingVariable.MODEL_ID),
            revision=variables.get(ServingVariable.MODEL_REVISION),
            run=variables.get(ServingVariable.RUN, ""),
            default_accept=variables.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON),
            port=_number(variables, ServingVariable.BIND_TO_PORT, 8080),
            workers=_workers(variables),
            backend=_backend(variables),
            strict=_flag(variables, ServingVariable.STRICT),
            body_limit=_body_limit_bytes(variables),
            answer_seconds=_answer_seconds(variables),
        )


def _backend(variables: Mapping[str, str]) -> str:
    name = variables.get(ServingVariable.BACKEND, AUTO)
    if name in BACKENDS:
        return name
    raise ArchiveError(
        f"expected {ServingVariable.BACKEND} to be one of {', '.join(BACKENDS)}; found {name!r}. Correct or unset it."
    )


def _workers(variables: Mapping[str, str]) -> int | None:
    return (
        _number(variables, ServingVariable.WORKERS, 1)
        if ServingVariable.WORKERS in variables
        else None
    )


def _body_limit_bytes(variables: Mapping[str, str]) -> int | None:
    if "MMS_MAX_REQUEST_SIZE" in variables:
        return _number(variables, "MMS_MAX_REQUEST_SIZE", 0)
    if "SAGEMAKER_MAX_PAYLOAD_IN_MB" in variables:
        return _number(variables, "SAGEMAKER_MAX_PAYLOAD_IN_MB", 0) * 1024 * 1024
    return None


def _answer_seconds(variables: Mapping[str, str]) -> int:
    """The container's server takes a variable without a unit for minutes."""
    name: str = "MMS_DEFAULT_RESPONSE_TIMEOUT"
    if name not in variables:
        name = ServingVariable.TIMEOUT
    minutes = _number(variables, name, 60)
    return _number(variables, "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS", 60 * minutes)


def _flag(variables: Mapping[str, str], name: str) -> bool:
    text = variables.get(name, "0").lower()
    if text in ("0", "1", "false", "true"):
        return text in ("1", "true")
    raise ArchiveError(
        f"expected {name} to be 0 or 1; found {variables[name]!r}. Correct or unset it."
    )


def _number(variables: Mapping[str, str], name: str, default: int) -> int:
    text = variables.get(name, str(default))
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise ArchiveError(
        f"expected {name} to be a positive number; found {text!r}. Correct or unset it."
    )
