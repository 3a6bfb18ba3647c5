"""Instance types that have no capacity: a switch for what AWS runs out of, and the local cloud never does.

The file `capacity.json` in the local SageMaker's state folder, `{"spot": ["ml.g5.xlarge"], "on_demand": []}`, is read
anew whenever a job wants a machine. A spot job of such a type waits; another fails at once, as on AWS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

CAPACITY_FILE = "capacity.json"
NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)


@dataclass(frozen=True)
class Capacity:
    """The instance types without capacity."""

    spot: tuple[str, ...] = ()
    on_demand: tuple[str, ...] = ()

    @classmethod
    def read(cls, state: Path) -> Capacity:
        """Everything has capacity where there is no file."""
        path = state / CAPACITY_FILE
        if not path.is_file():
            return cls()
        content = json.loads(path.read_text("utf-8"))
        return cls(**{name: tuple(types) for name, types in content.items()})
