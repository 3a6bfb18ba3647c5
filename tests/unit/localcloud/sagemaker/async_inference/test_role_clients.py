from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.sagemaker.async_inference.role_clients import RoleClients
from localcloud.sagemaker.common.errors import RoleError
from localcloud.sagemaker.common.state import Settings


class State:
    """Makes a new object for every client; a role has its name as its key."""

    def __init__(self, *, iam: bool) -> None:
        self.settings = Settings(Path("/state"), iam=iam)
        self.access = self

    def credentials(self, role_arn: str, session: str) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": f"{role_arn}/{session}"}

    def s3_as(self, credentials: dict[str, str]) -> object:
        return ["s3", credentials]

    def sns_as(self, credentials: dict[str, str]) -> object:
        return ["sns", credentials]


def clients(*, iam: bool) -> Any:
    state: Any = State(iam=iam)
    return RoleClients(state)


def test_a_role_has_one_client_of_each_service() -> None:
    of_roles = clients(iam=True)
    one = of_roles.s3("a", "e")
    assert of_roles.s3("a", "e") is one
    assert of_roles.s3("b", "e") is not one
    assert of_roles.sns("a", "e") == ["sns", {"AWS_ACCESS_KEY_ID": "a/e"}]


def test_under_iam_nothing_is_done_without_a_role() -> None:
    with pytest.raises(RoleError, match="role of the endpoint's model is not known"):
        clients(iam=True).s3(None, "e")
    assert clients(iam=False).s3(None, "e") == ["s3", {}]
