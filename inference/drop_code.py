"""The hooks of an archive in the hosting container: the drop's own, its packages installed, and ours for the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from contracts.locations import PACKED_SCRIPT

from .hooks import DEFAULT_HOOKS
from .model.requirements import install_requirements
from .protocols.user_code import PARAMETERS

_SCRIPT = PACKED_SCRIPT.removesuffix(".py")


def serving_hooks(code_dir: Path) -> dict[str, Callable[..., object]]:
    """By name. `code_dir` is on `sys.path`. Raises `ArchiveError`, or whatever the drop's script raises."""
    install_requirements(code_dir)
    if not (code_dir / PACKED_SCRIPT).is_file():
        return dict(DEFAULT_HOOKS)
    script = import_module(_SCRIPT)
    own = {name: getattr(script, name) for name in PARAMETERS if hasattr(script, name)}
    if "transform_fn" in own:
        return {"model_fn": DEFAULT_HOOKS["model_fn"], **own}
    return {**DEFAULT_HOOKS, **own}


def script_attribute(name: str) -> object:
    """What the drop's script calls so, but for hooks, which the server is given. Raises `AttributeError`."""
    script = sys.modules.get(_SCRIPT)
    if script is None or name in PARAMETERS or name.startswith("__"):
        raise AttributeError(f"module 'inference' has no attribute {name!r}")
    return getattr(script, name)
