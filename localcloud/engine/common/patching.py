"""How this package changes ministack from outside: every symbol is checked first, so that an upgrade fails loudly."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import version
from types import ModuleType
from typing import Any

VERSION = "1.5.33"
"""The only release of ministack the patches are written for."""


class IncompatibleEngineError(RuntimeError):
    """The installed ministack is not the one that the patches fit."""


def require_version(installed: str | None = None) -> None:
    """Raises `IncompatibleEngineError` unless ministack is exactly `VERSION`."""
    installed = installed or version("ministack")
    if installed != VERSION:
        raise IncompatibleEngineError(
            f"expected ministack {VERSION}; found {installed}. Install the pinned release, or go through "
            "localcloud/engine/patches.py with the new one and run tests/integration/localcloud/engine."
        )


def symbol(module: ModuleType, name: str, parameters: str | None = None) -> Any:
    """`module.name`, which must exist and take exactly `parameters` (names separated by blanks; None: any).

    Raises `IncompatibleEngineError`.
    """
    value = getattr(module, name, None)
    if value is None:
        raise IncompatibleEngineError(
            f"expected {module.__name__}.{name} as in ministack {VERSION}; found nothing of that name. "
            "Adapt the patch that names it in localcloud/engine."
        )
    if parameters is not None:
        _check_parameters(module, name, value, parameters)
    return value


def _check_parameters(
    module: ModuleType, name: str, value: Callable[..., Any], parameters: str
) -> None:
    present = " ".join(inspect.signature(value).parameters)
    if present != parameters:
        raise IncompatibleEngineError(
            f"expected {module.__name__}.{name}({parameters}) as in ministack {VERSION}; found ({present}). "
            "Adapt the patch that names it in localcloud/engine."
        )


def rewrite(module: ModuleType, name: str, texts: Mapping[str, str]) -> None:
    """Defines `module.name` anew with some texts of its source replaced. Raises `IncompatibleEngineError`."""
    source = inspect.getsource(symbol(module, name))
    for old, new in texts.items():
        if source.count(old) != 1:
            raise IncompatibleEngineError(
                f"expected {old!r} once in {module.__name__}.{name} as in ministack {VERSION}; "
                f"found it {source.count(old)} times. Adapt the patch that names it in localcloud/engine."
            )
        source = source.replace(old, new)
    exec(compile(source, f"{module.__name__}.{name}", "exec"), vars(module))


def replace(
    module: ModuleType, name: str, parameters: str, make: Callable[[Any], Any]
) -> None:
    """Puts `make(original)` in the place of `module.name`. Raises `IncompatibleEngineError`."""
    setattr(module, name, make(symbol(module, name, parameters)))
