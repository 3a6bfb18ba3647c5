"""The inference script in an archive's `code/` folder: finding it, importing it, and the rules for its hooks."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from types import ModuleType

from contracts.locations import PACKED_PACKAGE

from .errors import HookError

TOOLKITS = Path(__file__).parents[1] / "toolkits"
"""Stands in for the inference toolkits; an archive's copy of this package lacks it, for the container has them."""
DEFAULT_PROGRAM = "inference.py"
OTHER_NAME = "traindrop_user_code"
"""The script's name as a module where its own is taken: that of this package, in a process that does not only serve."""
DEFAULT_HOOK_MARK = "traindrop_default"
"""The attribute of Traindrop's own hooks, also of those of an archive's copy of this package, whatever its version."""

PARAMETERS = {
    "model_fn": ("model_dir",),
    "input_fn": ("body", "content_type"),
    "predict_fn": ("data", "model"),
    "output_fn": ("prediction", "accept"),
    "transform_fn": ("model", "body", "content_type", "accept"),
}
"""The parameters of each hook; a `context` may follow."""
REPLACED_BY_TRANSFORM = ("input_fn", "predict_fn", "output_fn")

_entered: list[Path] = []
"""The `code/` folder that is on `sys.path`, if any."""


@dataclass(frozen=True)
class Hook:
    """A user's function and whether it takes the context."""

    function: Callable[..., object]
    takes_context: bool

    def __call__(self, *arguments: object, context: object) -> object:
        if self.takes_context:
            return self.function(*arguments, context)
        return self.function(*arguments)


@dataclass(frozen=True)
class UserCode:
    """The hooks a script overrides; those it imports from Traindrop are not among them."""

    hooks: dict[str, Hook]
    path: Path | None = None


def load_user_code(code_dir: Path, program: str | None) -> UserCode:
    """Imports the script, with `code_dir` on `sys.path`. Raises `HookError`, or whatever the script raises."""
    if code_dir.is_dir():
        _enter(code_dir)
    path = find_script(code_dir, program)
    if path is None:
        return UserCode({})
    return UserCode(hooks_of(_import(path)), path)


def find_script(code_dir: Path, program: str | None) -> Path | None:
    """The script's path; None where there is none and `program` names none. Raises `HookError`."""
    stem = (program or DEFAULT_PROGRAM).removesuffix(".py")
    for path in (code_dir / f"{stem}.py", code_dir / stem / "__init__.py"):
        if path.is_file():
            return path
    if not program or program == DEFAULT_PROGRAM:
        return None
    actual = ", ".join(sorted(path.name for path in code_dir.glob("*"))) or "nothing"
    raise HookError(
        f"expected {program} in {code_dir}, as SAGEMAKER_PROGRAM says; found {actual}. Pack the script or unset it."
    )


def _enter(code_dir: Path) -> None:
    """Puts the folder first on the path, in the place of the folder of an archive that was loaded before."""
    for previous in _entered:
        sys.path[:] = [entry for entry in sys.path if entry != str(previous)]
        for name, module in list(sys.modules.items()):
            if _lies_in(module, previous):
                del sys.modules[name]
    _extend_namesake(code_dir)
    _entered[:] = [code_dir]
    sys.path.insert(0, str(code_dir))
    if TOOLKITS.is_dir() and str(TOOLKITS) not in sys.path:
        sys.path.append(str(TOOLKITS))
    importlib.invalidate_caches()


def _extend_namesake(code_dir: Path) -> None:
    """Has another package of the name of this one in an archive, such as Traindrop's client, look there first."""
    namesake = sys.modules.get(PACKED_PACKAGE)
    if namesake is None or _lies_in(namesake, code_dir):
        return
    left = {str(previous / PACKED_PACKAGE) for previous in _entered}
    kept = [entry for entry in namesake.__path__ if entry not in left]
    namesake.__path__ = [str(code_dir / PACKED_PACKAGE), *kept]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _import(path: Path) -> ModuleType:
    """The script as a module of its own name, as in the container: hooks and pickles refer to it by that."""
    name = path.parent.name if path.name == "__init__.py" else path.stem
    if name in sys.modules:
        name = OTHER_NAME
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise HookError(
            f"expected a Python script; found {path}. Name it with the ending .py."
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def hooks_of(module: ModuleType) -> dict[str, Hook]:
    """The hooks a script overrides.

    Raises `HookError` for a wrong number of parameters, or `transform_fn` beside the hooks it replaces.
    """
    functions: dict[str, object] = {}
    for name in PARAMETERS:
        function = getattr(module, name, None)
        if function is not None:
            functions[name] = function
    _check_transform(functions)
    hooks: dict[str, Hook] = {}
    for name, function in functions.items():
        if not getattr(function, DEFAULT_HOOK_MARK, False):
            hooks[name] = _hook(name, function)
    return hooks


def _check_transform(functions: dict[str, object]) -> None:
    replaced = [name for name in REPLACED_BY_TRANSFORM if name in functions]
    if "transform_fn" in functions and replaced:
        raise HookError(
            "expected transform_fn alone, because it replaces input_fn, predict_fn and output_fn; "
            f"found {', '.join(replaced)} beside it. Remove one or the other."
        )


def _hook(name: str, function: object) -> Hook:
    if not callable(function):
        raise HookError(
            f"expected {name} to be a function; found a {type(function).__name__}. Rename it."
        )
    names = PARAMETERS[name]
    count = len(signature(function).parameters)
    if count not in (len(names), len(names) + 1):
        raise HookError(
            f"expected {name}({', '.join(names)}) or {name}({', '.join((*names, 'context'))}); "
            f"found {count} parameter{'' if count == 1 else 's'}. Change the definition."
        )
    takes_context = count == len(names) + 1
    return Hook(function, takes_context)
