"""Less to import at start: optional packages that transformers would load and a server of its models never uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

UNUSED = ("accelerate", "datasets", "pandas", "scipy", "sklearn")


@contextmanager
def lean_imports(active: bool) -> Iterator[None]:
    """Hides the packages while the model's code is imported; transformers then takes them for not installed.

    For a process that only serves: transformers remembers the absence. What is already imported stays.
    """
    hidden = [name for name in UNUSED if active and name not in sys.modules]
    for name in hidden:
        # Python takes None for "no such module", in find_spec as well.
        sys.modules[name] = cast(Any, None)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
