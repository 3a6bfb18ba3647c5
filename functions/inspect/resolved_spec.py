"""`spec.json`: the resolved description of a run. What the stack defaults to, a drop's settings override."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import deployment_modes
from deployment_modes import Value
from functions.common.drop import DropFile
from functions.common.settings import Settings
from functions.inspect.settings_file import Options


@dataclass(frozen=True)
class SpecFields:
    """What a route found out about a drop; the rest of the spec comes from settings and options."""

    task: str = ""
    variant: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Sequence[str] = ()
    base_model: str = ""
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    metric: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only some routes have: `script`, `archive`, `hub`, `code`, `hooks`, `example`."""


def spec_of(
    run: str, model: str, found: SpecFields, *, files: Sequence[DropFile], options: Options, settings: Settings
) -> dict[str, Any]:
    """The document, as docs/architecture.md shows it."""
    return {
        "run": run,
        "model": model,
        "task": found.task,
        "variant": found.variant,
        "columns": dict(found.columns),
        "labels": list(found.labels),
        "base_model": found.base_model,
        "hyperparameters": dict(found.hyperparameters),
        "compute": _compute(settings) | options.compute,
        "deployment": _deployment(settings, options),
        "serving": options.serving,
        "gate": {"metric": found.metric, "min_gain": settings.min_gain} | options.gate,
        "data": {"prefix": f"runs/{run}/data/", **found.data},
        "files": [_stored(file.stored) for file in files],
        **found.more,
    }


def _compute(settings: Settings) -> dict[str, Any]:
    return {
        "instance_types": list(settings.training_instance_types),
        "instance_count": 1,
        "volume_gb": settings.training_volume_gb,
        "spot": settings.use_spot,
        "max_runtime_seconds": settings.max_runtime_seconds,
        "max_queue_hours": settings.max_queue_hours,
    }


def _deployment(settings: Settings, options: Options) -> dict[str, Value]:
    mode = options.deployment.get("mode", settings.deployment_mode)
    return deployment_modes.resolve(mode, settings.mode_defaults) | options.deployment


def _stored(stored: Any) -> dict[str, Any]:
    return {"key": stored.key, "size": stored.size, "etag": stored.etag, "version_id": stored.version_id}
