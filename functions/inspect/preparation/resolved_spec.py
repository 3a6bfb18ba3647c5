"""Completes a run's spec: what the stack's parameters default to, a drop's settings override."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import deployment_modes
from contracts import locations
from contracts.problems import Problem
from contracts.spec import (
    ApprovalRule,
    Budget,
    Compute,
    Deployment,
    Gate,
    Search,
    Serving,
    Spec,
    StoredFile,
)
from functions.common.drop import DropFile
from functions.common.settings import Settings
from functions.inspect.settings_file import Options


def unavailable_mode(options: Options, settings: Settings) -> Problem | None:
    """A mode that SageMaker does not have in this region: to be found before a training is paid."""
    name = options.deployment.get("mode", settings.deployment_mode)
    if deployment_modes.find_mode(name).is_offered_in(settings.aws_region):
        return None
    others = deployment_modes.modes_in(settings.aws_region)
    return options.problem(
        "deployment.mode",
        f"a mode that SageMaker has in {settings.aws_region}: {' or '.join(others)}",
        name,
        f"Set mode: {others[0]}, or drop the data in a stack of another region.",
    )


def complete_spec(
    spec: Spec,
    run: str,
    model: str,
    *,
    files: Sequence[DropFile],
    options: Options,
    settings: Settings,
) -> Spec:
    """`spec` is what preparation found out about the drop, such as task and columns; the rest is added here."""
    return replace(
        spec,
        run=run,
        model=model,
        compute=_compute(settings, options),
        deployment=_deployment(settings, options),
        serving=Serving.read(options.serving),
        gate=_gate(spec.gate.metric, settings, options),
        budget=Budget.read(options.budget),
        search=Search.read(options.search) if options.search else None,
        data=replace(spec.data, prefix=locations.data_prefix(run)),
        files=tuple(_stored_file(file) for file in files),
    )


def _gate(metric: str, settings: Settings, options: Options) -> Gate:
    defaults = Gate(
        metric=metric,
        min_gain=settings.min_gain,
        approval_days=settings.approval_days,
    )
    gate = Gate.read(defaults.write() | options.gate)
    # Whoever may drop files must not go round what the stack asks for.
    required = settings.approval is ApprovalRule.REQUIRED
    return replace(gate, approval=ApprovalRule.REQUIRED) if required else gate


def _compute(settings: Settings, options: Options) -> Compute:
    defaults = Compute(
        instance_types=settings.training_instance_types,
        volume_gb=settings.training_volume_gb,
        spot=settings.use_spot,
        max_runtime_seconds=settings.max_runtime_seconds,
        max_queue_hours=settings.max_queue_hours,
    )
    return Compute.read(defaults.write() | options.compute)


def _deployment(settings: Settings, options: Options) -> Deployment:
    mode = options.deployment.get("mode", settings.deployment_mode)
    return Deployment.read(
        deployment_modes.resolve(mode, settings.mode_defaults) | options.deployment
    )


def _stored_file(file: DropFile) -> StoredFile:
    stored = file.stored
    return StoredFile(
        key=stored.key, size=stored.size, etag=stored.etag, version_id=stored.version_id
    )
