"""The ways a model is put behind an endpoint. A new mode is one module here and one line in `MODES`."""

from __future__ import annotations

from collections.abc import Container, Mapping

from deployment_modes.asynchronous import Asynchronous
from deployment_modes.base import DeploymentMode, ModeSetting, Value
from deployment_modes.realtime import Realtime
from deployment_modes.serverless import Serverless

__all__ = [
    "MODES",
    "DeploymentMode",
    "ModeSetting",
    "Value",
    "answers_later",
    "body_limit_bytes",
    "find_mode",
    "may_sleep",
    "mode_of_config",
    "mode_of_settings",
    "modes_in",
    "modes_with",
    "resolve",
    "settings",
    "starts_cold",
]

MODES: Mapping[str, DeploymentMode] = {
    mode.name: mode for mode in (Serverless(), Realtime(), Asynchronous())
}
"""Every mode by its name; the first is the default."""


def find_mode(name: str) -> DeploymentMode:
    """The mode of this name. Raises `KeyError` for a name that is not in `MODES`."""
    return MODES[name]


def settings() -> dict[str, ModeSetting]:
    """The settings of all modes by name; where two modes share a name, the first mode's."""
    by_name: dict[str, ModeSetting] = {}
    for mode in MODES.values():
        for setting in mode.settings:
            by_name.setdefault(setting.name, setting)
    return by_name


def modes_with(setting: str) -> list[str]:
    """The names of the modes that have the setting."""
    return [mode.name for mode in MODES.values() if setting in mode.setting_names]


def modes_in(region: str) -> list[str]:
    """The names of the modes that SageMaker has in the region."""
    return [mode.name for mode in MODES.values() if mode.is_offered_in(region)]


def mode_of_config(config: Mapping[str, object]) -> str:
    """The mode of an endpoint config, as SageMaker describes it. Raises `LookupError` where it is of none."""
    for mode in MODES.values():
        if mode.serves(config):
            return mode.name
    raise LookupError(
        f"expected an endpoint config of {', '.join(MODES)}; found {config}"
    )


def mode_of_settings(names: Container[str]) -> str | None:
    """The mode that settings of `deployment` belong to; None where none of them is a mode's own.

    A setting that modes share belongs to the first of them. Where settings belong to several modes the last one in
    `MODES` counts, and the others are reported as conflicts.
    """
    seen: set[str] = set()
    last = None
    for mode in MODES.values():
        own = set(mode.setting_names) - seen
        seen |= own
        if any(name in names for name in own):
            last = mode.name
    return last


def body_limit_bytes(mode: str | None) -> int:
    """The largest request body of the mode; of a release whose mode is not known, the largest of any mode."""
    known = MODES.get(mode or "")
    return (
        known.body_limit_bytes
        if known
        else max(other.body_limit_bytes for other in MODES.values())
    )


def starts_cold(mode: str | None) -> bool:
    """Whether an endpoint of the mode starts when it is called; false of a release whose mode is not known."""
    known = MODES.get(mode or "")
    return known.starts_cold if known else False


def answers_later(mode: str | None) -> bool:
    """Whether requests to the mode's endpoints are queued; false of a release whose mode is not known."""
    known = MODES.get(mode or "")
    return known.answers_later if known else False


def may_sleep(mode: str | None) -> bool:
    """Whether an endpoint of the mode may be deleted until the next request; false where the mode is not known."""
    known = MODES.get(mode or "")
    return known.may_sleep if known else False


def resolve(mode: str, stack_defaults: Mapping[str, Value]) -> dict[str, Value]:
    """The `deployment` of a spec before a drop's own settings: the mode, and every mode's settings.

    `stack_defaults` are the values of the stack by the setting's variable; what is missing there has the setting's
    own default. The settings of `mode` come last, so that they win where modes share a name.
    """
    resolved: dict[str, Value] = {"mode": mode}
    for other in sorted(MODES.values(), key=lambda other: other.name == mode):
        for setting in other.settings:
            resolved[setting.name] = stack_defaults.get(
                setting.variable, setting.default
            )
    return resolved
