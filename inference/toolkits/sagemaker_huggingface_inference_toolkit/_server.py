"""The server's own modules, under the name that its package has in this process.

In a server's worker that is not `inference`, for so a user's script is called there.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

_NAMES = ("traindrop_server", "inference")


def server_module(path: str) -> ModuleType:
    """`path` is relative to the package, such as `protocols.decoding`."""
    name = next((name for name in _NAMES if name in sys.modules), _NAMES[-1])
    return import_module(f"{name}.{path}")
