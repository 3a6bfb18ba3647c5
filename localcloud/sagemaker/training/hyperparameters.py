"""Hyperparameters as the SageMaker training toolkit hands them to a script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_PLATFORM = "sagemaker_"


def decode(value: str) -> Any:
    """A value as JSON where it is JSON, as it stands where not: SDK v2 encodes every value, SDK v3 none."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def split(sent: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decoded: the script's own, and those of the platform (`sagemaker_…`)."""
    decoded = {key: decode(value) for key, value in sent.items()}
    own = {key: value for key, value in decoded.items() if not key.startswith(_PLATFORM)}
    return own, {key: value for key, value in decoded.items() if key.startswith(_PLATFORM)}


def arguments(own: Mapping[str, Any]) -> list[str]:
    """The script's argv: sorted, `--key value`, one-letter keys `-k value`."""
    return [part for key in sorted(own) for part in (_option(key), _argument(own[key]))]


def _option(key: str) -> str:
    return f"-{key}" if len(key) == 1 else f"--{key}"


def _argument(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={inner}" for key, inner in value.items())
    return str(value)
