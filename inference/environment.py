"""The environment variables of the hosting contract; an empty one counts as unset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ArchiveError
from .protocols.media import JSON

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
    """None leaves it to the server."""
    engine: str = "auto"
    strict: bool = False
    """Answers exactly as the container does."""
    body_limit: int | None = None
    """Bytes; None leaves it to the server."""
    answer_seconds: int = 3600
    """How long a request may wait for its answer."""

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
            workers=_number(given, WORKERS, 1) if WORKERS in given else None,
            engine=_engine(given),
            strict=_flag(given, "TRAINDROP_STRICT"),
            body_limit=_body_limit(given),
            answer_seconds=_answer_seconds(given),
        )


def _engine(given: Mapping[str, str]) -> str:
    name = given.get("TRAINDROP_ENGINE", "auto")
    if name in ENGINES:
        return name
    raise ArchiveError(
        f"expected TRAINDROP_ENGINE to be one of {', '.join(ENGINES)}; found {name!r}. Correct or unset it."
    )


def _body_limit(given: Mapping[str, str]) -> int | None:
    if "MMS_MAX_REQUEST_SIZE" in given:
        return _number(given, "MMS_MAX_REQUEST_SIZE", 0)
    if "SAGEMAKER_MAX_PAYLOAD_IN_MB" in given:
        return _number(given, "SAGEMAKER_MAX_PAYLOAD_IN_MB", 0) * 1024 * 1024
    return None


def _answer_seconds(given: Mapping[str, str]) -> int:
    """The container's server takes the variable without a unit for minutes."""
    minutes = (
        "MMS_DEFAULT_RESPONSE_TIMEOUT" if "MMS_DEFAULT_RESPONSE_TIMEOUT" in given else "SAGEMAKER_MODEL_SERVER_TIMEOUT"
    )
    return _number(given, "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS", 60 * _number(given, minutes, 60))


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "0").lower()
    if text in ("0", "1", "false", "true"):
        return text in ("1", "true")
    raise ArchiveError(f"expected {name} to be 0 or 1; found {given[name]!r}. Correct or unset it.")


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise ArchiveError(f"expected {name} to be a positive number; found {text!r}. Correct or unset it.")
