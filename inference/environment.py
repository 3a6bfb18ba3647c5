"""The environment variables of the hosting contract; an empty one counts as unset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ArchiveError
from .media import JSON

WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"
ENGINES = ("auto", "torch", "onnxruntime")


@dataclass(frozen=True)
class Environment:
    """`SAGEMAKER_SUBMIT_DIRECTORY` is absent on purpose: the hosting container does not read it either."""

    model_dir: Path = Path("/opt/ml/model")
    program: str | None = None
    task: str | None = None
    model_id: str | None = None
    revision: str | None = None
    default_accept: str = JSON
    port: int = 8080
    workers: int | None = None
    timeout: float = 3600.0
    engine: str = "auto"

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Environment:
        """Raises `ArchiveError` for a number that is none, or an engine nobody knows."""
        given = {key: value for key, value in (os.environ if variables is None else variables).items() if value}
        return cls(
            model_dir=Path(given.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model",
            program=given.get("SAGEMAKER_PROGRAM"),
            task=given.get("HF_TASK"),
            model_id=given.get("HF_MODEL_ID"),
            revision=given.get("HF_MODEL_REVISION"),
            default_accept=given.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON),
            port=_number(given, "SAGEMAKER_BIND_TO_PORT", 8080),
            workers=_number(given, "SAGEMAKER_MODEL_SERVER_WORKERS")
            if "SAGEMAKER_MODEL_SERVER_WORKERS" in given
            else None,
            timeout=_timeout(given),
            engine=_engine(given),
        )


def _engine(given: Mapping[str, str]) -> str:
    name = given.get("TRAINDROP_ENGINE", "auto")
    if name in ENGINES:
        return name
    raise ArchiveError(
        f"expected TRAINDROP_ENGINE to be one of {', '.join(ENGINES)}; found {name!r}. Correct or unset it."
    )


def _timeout(given: Mapping[str, str]) -> float:
    """Seconds for one answer; without `_SECONDS`, the container's model server reads minutes."""
    if "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS" in given:
        return _number(given, "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS")
    return 60 * _number(given, "SAGEMAKER_MODEL_SERVER_TIMEOUT", 60)


def _number(given: Mapping[str, str], name: str, default: int = 0) -> int:
    text = given.get(name, str(default))
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise ArchiveError(f"expected {name} to be a positive number; found {text!r}. Correct or unset it.")
