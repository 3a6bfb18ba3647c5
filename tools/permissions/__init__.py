"""What each role of the stack allows: the IAM actions, and on what.

`make generate` writes the roles of `template.yaml` and the table of `docs/permissions.md` from here.
"""

from __future__ import annotations

from tools.permissions.functions import PERMISSIONS
from tools.permissions.grants import ANYTHING, Permission, Resource
from tools.permissions.roles import ROLES

__all__ = ["ANYTHING", "PERMISSIONS", "ROLES", "Permission", "Resource", "actions"]


def actions(function: str) -> set[str]:
    """Every action that a function may need."""
    return {
        action
        for permission in (PERMISSIONS | ROLES)[function]
        for action in permission.actions
    }
