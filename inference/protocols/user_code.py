"""The inference script in an archive's `code/` folder: finding it, importing it, and the rules its hooks keep."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import HookError
from ..hooks import MARK

DEFAULT_PROGRAM = "inference.py"
MODULE = "traindrop_user_code"
"""Not `inference`: that is this package's own name outside an archive."""

PARAMETERS = {
    "model_fn": ("model_dir",),
    "input_fn": ("body", "content_type"),
    "predict_fn": ("data", "model"),
    "output_fn": ("prediction", "accept"),
    "transform_fn": ("model", "body", "content_type", "accept"),
}
"""What each hook is called with; a `context` may follow."""

_entered: list[Path] = []


@dataclass(frozen=True)
class Hook:
    """A user's function and whether it takes the context."""

    function: Callable[..., Any]
    takes_context: bool

    def __call__(self, *arguments: Any, context: Any) -> Any:
        return self.function(*arguments, context) if self.takes_context else self.function(*arguments)


@dataclass(frozen=True)
class UserCode:
    """The hooks a script overrides; those it merely takes from Traindrop are not among them."""

    hooks: dict[str, Hook]
    path: Path | None = None


def load_user_code(code_dir: Path, program: str | None) -> UserCode:
    """Imports the script, with `code_dir` on `sys.path`. Raises `HookError`, or whatever the script raises."""
    if code_dir.is_dir():
        _enter(code_dir)
    path = find_script(code_dir, program)
    return UserCode(hooks_of(_import(path)), path) if path else UserCode({})


def find_script(code_dir: Path, program: str | None) -> Path | None:
    """The script's path; None if there is none and none was asked for."""
    stem = (program or DEFAULT_PROGRAM).removesuffix(".py")
    for path in (code_dir / f"{stem}.py", code_dir / stem / "__init__.py"):
        if path.is_file():
            return path
    if program and program != DEFAULT_PROGRAM:
        found = ", ".join(sorted(p.name for p in code_dir.glob("*"))) or "nothing"
        raise HookError(
            f"expected {program} in {code_dir}, as SAGEMAKER_PROGRAM says; found {found}. Pack the script or unset it."
        )
    return None


def _enter(code_dir: Path) -> None:
    """Puts the folder first on the path, in the place of the folder of an archive that was loaded before."""
    for previous in _entered:
        sys.path[:] = [entry for entry in sys.path if entry != str(previous)]
        for name in [n for n, module in sys.modules.items() if _lies_in(module, previous)]:
            del sys.modules[name]
    _entered[:] = [code_dir]
    sys.path.insert(0, str(code_dir))
    importlib.invalidate_caches()


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise HookError(f"expected a Python script; found {path}. Name it with the ending .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    return module


def hooks_of(module: ModuleType) -> dict[str, Hook]:
    """Raises `HookError` for a wrong number of parameters, or `transform_fn` beside the hooks it replaces."""
    found = {name: hook for name in PARAMETERS if (hook := getattr(module, name, None)) is not None}
    beside = [name for name in ("input_fn", "predict_fn", "output_fn") if name in found]
    if "transform_fn" in found and beside:
        raise HookError(
            "expected transform_fn alone, because it replaces input_fn, predict_fn and output_fn; "
            f"found {', '.join(beside)} beside it. Remove one or the other."
        )
    return {name: _hook(name, function) for name, function in found.items() if not getattr(function, MARK, False)}


def _hook(name: str, function: Any) -> Hook:
    if not callable(function):
        raise HookError(f"expected {name} to be a function; found a {type(function).__name__}. Rename it.")
    names = PARAMETERS[name]
    count = len(signature(function).parameters)
    if count not in (len(names), len(names) + 1):
        raise HookError(
            f"expected {name}({', '.join(names)}) or {name}({', '.join((*names, 'context'))}); "
            f"found {count} parameter{'' if count == 1 else 's'}. Change the definition."
        )
    return Hook(function, count == len(names) + 1)
