"""The hooks of an archive in the hosting container: the drop's own, its packages installed, and ours for the rest."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from contracts.locations import PACKED_SCRIPT

from .hooks import DEFAULT_HOOKS
from .model.requirements import install_requirements
from .protocols.user_code import PARAMETERS


def serving_hooks(code_dir: Path) -> dict[str, Callable[..., object]]:
    """By name. `code_dir` is on `sys.path`. Raises `ArchiveError`, or whatever the drop's script raises."""
    install_requirements(code_dir)
    if not (code_dir / PACKED_SCRIPT).is_file():
        return dict(DEFAULT_HOOKS)
    script = import_module(PACKED_SCRIPT.removesuffix(".py"))
    own = {name: getattr(script, name) for name in PARAMETERS if hasattr(script, name)}
    if "transform_fn" in own:
        return {"model_fn": DEFAULT_HOOKS["model_fn"], **own}
    return {**DEFAULT_HOOKS, **own}
