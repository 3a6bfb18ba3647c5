from __future__ import annotations

import pytest

from tools.preflight.deployment import Deployment
from tools.preflight.permissions import ACTIONS, principal_of, required_actions


def test_every_type_of_resource_of_the_template_has_its_actions() -> None:
    assert set(ACTIONS) == Deployment.read({}).resource_types


def test_a_deployment_needs_roles_and_functions() -> None:
    actions = required_actions(Deployment.read({}))
    assert {"iam:CreateRole", "iam:PassRole", "lambda:CreateFunction"} <= set(actions)
    assert actions == sorted(set(actions))


@pytest.mark.parametrize(
    "caller, principal",
    [
        ("arn:aws:iam::1:user/ann", "arn:aws:iam::1:user/ann"),
        ("arn:aws:iam::1:root", "arn:aws:iam::1:root"),
        (
            "arn:aws:sts::1:assumed-role/Admin/ann@example.org",
            "arn:aws:iam::1:role/Admin",
        ),
        ("arn:aws-cn:sts::1:assumed-role/Admin/s", "arn:aws-cn:iam::1:role/Admin"),
    ],
)
def test_the_simulator_is_asked_about_the_role_of_a_session(
    caller: str, principal: str
) -> None:
    assert principal_of(caller) == principal
