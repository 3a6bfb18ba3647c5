"""How this package changes ministack from outside: every symbol is checked first, so that an upgrade fails loudly."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version
from types import ModuleType
from typing import Any

VERSION = "1.5.33"
"""The only release of ministack the patches are written for."""


class IncompatibleEngineError(RuntimeError):
    """The installed ministack is not the one that the patches fit."""


def require_version(installed: str | None = None) -> None:
    """Raises `IncompatibleEngineError` unless ministack is exactly `VERSION`."""
    found = installed or version("ministack")
    if found != VERSION:
        raise IncompatibleEngineError(
            f"expected ministack {VERSION}; found {found}. Install the pinned release, or go through "
            "localcloud/engine/patches.py with the new one and run tests/integration/localcloud/engine."
        )


def symbol(module: ModuleType, name: str, parameters: str | None = None) -> Any:
    """`module.name`, checked to exist and, if given, to take exactly `parameters` (names separated by blanks)."""
    found = getattr(module, name, None)
    if found is None:
        raise IncompatibleEngineError(
            f"expected {module.__name__}.{name} as in ministack {VERSION}; found nothing of that name. "
            "Adapt the patch that names it in localcloud/engine."
        )
    if parameters is not None and (taken := " ".join(inspect.signature(found).parameters)) != parameters:
        raise IncompatibleEngineError(
            f"expected {module.__name__}.{name}({parameters}) as in ministack {VERSION}; found ({taken}). "
            "Adapt the patch that names it in localcloud/engine."
        )
    return found


def replace(module: ModuleType, name: str, parameters: str, make: Callable[[Any], Any]) -> None:
    """Puts `make(original)` in the place of `module.name`."""
    setattr(module, name, make(symbol(module, name, parameters)))
