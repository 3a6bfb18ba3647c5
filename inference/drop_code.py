"""The hooks of an archive in the hosting container: the drop's own, its packages installed, and ours for the rest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from contracts.answering_run import HEADER, with_run
from contracts.environment import ServingVariable
from contracts.locations import PACKED_SCRIPT

from .hooks import DEFAULT_HOOKS
from .model.requirements import install_requirements
from .protocols.user_code import DEFAULT_HOOK_MARK, PARAMETERS

_SCRIPT = PACKED_SCRIPT.removesuffix(".py")


def serving_hooks(code_dir: Path) -> dict[str, Callable[..., object]]:
    """By name. `code_dir` is on `sys.path`. Raises `ArchiveError`, or whatever the drop's script raises."""
    hooks = _hooks(code_dir)
    if run := os.environ.get(ServingVariable.RUN):
        last = "transform_fn" if "transform_fn" in hooks else "output_fn"
        hooks[last] = _naming(run, last, hooks[last])
    return hooks


def _hooks(code_dir: Path) -> dict[str, Callable[..., object]]:
    install_requirements(code_dir)
    if not (code_dir / PACKED_SCRIPT).is_file():
        return dict(DEFAULT_HOOKS)
    script = import_module(_SCRIPT)
    own = {name: getattr(script, name) for name in PARAMETERS if hasattr(script, name)}
    if "transform_fn" in own:
        return {"model_fn": DEFAULT_HOOKS["model_fn"], **own}
    return {**DEFAULT_HOOKS, **own}


def _naming(run: str, name: str, hook: Callable[..., object]) -> Callable[..., object]:
    """The hook, whose answers name the run as well. The server counts its parameters: the last is the context."""
    count = len(PARAMETERS[name])
    takes_context = len(signature(hook).parameters) > count

    def answer(arguments: tuple[object, ...], context: Any) -> object:
        output = hook(*arguments, context) if takes_context else hook(*arguments)
        headers = context.get_response_headers(0) if context else {}
        notes = str(headers.get(HEADER, ""))
        if context:
            context.set_response_header(0, HEADER, with_run(notes, run))
        return output

    def output_fn(
        prediction: object, accept: str | None, context: Any = None
    ) -> object:
        return answer((prediction, accept), context)

    def transform_fn(
        model: object, body: object, content_type: str, accept: str, context: Any = None
    ) -> object:
        return answer((model, body, content_type, accept), context)

    naming: Callable[..., object] = output_fn if name == "output_fn" else transform_fn
    setattr(naming, DEFAULT_HOOK_MARK, getattr(hook, DEFAULT_HOOK_MARK, False))
    return naming


def script_attribute(name: str) -> object:
    """What the drop's script calls so, but for hooks, which the server is given. Raises `AttributeError`."""
    script = sys.modules.get(_SCRIPT)
    if script is None or name in PARAMETERS or name.startswith("__"):
        raise AttributeError(f"module 'inference' has no attribute {name!r}")
    return getattr(script, name)
