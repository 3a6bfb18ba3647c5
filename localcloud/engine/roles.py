"""What the local SageMaker asks of IAM: the credentials of a role it is passed, and whether a caller may do something.

AWS's services ask IAM behind the scenes. Here four operations of ours do it, which only the account's root may call:
`LocalCloud.AssumeRole` as a service that the role trusts, `LocalCloud.Authorize`, `LocalCloud.Secret`, the secret that
a caller of SageMaker must have signed with, and `LocalCloud.SessionTags`, the tags of a caller's session.
"""

from __future__ import annotations

import json
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import iam

from localcloud.engine import access
from localcloud.engine.common.patching import symbol
from localcloud.engine.dispatch import (
    Proceed,
    Request,
    Response,
    around_requests,
    json_response,
)
from localcloud.guard import CALLER
from localcloud.signatures import SignatureError

_TARGET = "LocalCloud."
_DENIED = "AccessDeniedException"


def apply() -> None:
    """Raises `IncompatibleEngineError`."""
    symbol(iam_evaluator, "resolve_principal", "access_key_id account_id credential")
    symbol(iam_evaluator, "evaluate", "ctx policies limits")
    symbol(iam_evaluator, "_service_principal_matches", "principal service")
    symbol(iam_evaluator, "evaluate_trust_policy", "trust_doc caller_arn ctx")
    symbol(
        iam_actions,
        "identity_denial_message",
        "action principal_arn resource explicit_deny",
    )
    around_requests(_handle)


async def _handle(request: Request, proceed: Proceed) -> Response:
    if not request.headers.get("x-amz-target", "").startswith(_TARGET):
        return await proceed()
    if not iam_evaluator._is_root_key(CALLER.get()):
        return json_response(
            403,
            {"__type": _DENIED, "message": "Only the account's root may call this."},
        )
    parameters = json.loads(request.body)
    if request.operation == "AssumeRole":
        return _assume_role(
            parameters["RoleArn"],
            parameters["Service"],
            parameters["Session"],
            parameters["Tags"],
        )
    if request.operation == "SessionTags":
        return json_response(
            200, {"Tags": access.session_tags(parameters["AccessKeyId"])}
        )
    if request.operation == "Secret":
        return await _secret(parameters["AccessKeyId"], parameters["Token"])
    return json_response(
        200, {"Denied": _first_denial(parameters["AccessKeyId"], parameters["Checks"])}
    )


def _assume_role(
    role_arn: str, service: str, session: str, tags: list[dict[str, str]]
) -> Response:
    """Credentials that do not expire: those of a role, a session and its tags are always the same."""
    if not app.AUTH:
        return json_response(200, {})
    name = role_arn.rpartition("/")[2]
    role = iam._roles.get(name)
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if tags else [])]
    trusts = (
        role is not None
        and role["Arn"] == role_arn
        and all(_trusts(role, service, action) for action in actions)
    )
    if not trusts:
        message = (
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{service}' to assume the role."
        )
        return json_response(403, {"__type": _DENIED, "message": message})
    account = responses.get_account_id()
    return json_response(200, access.session(role_arn, session, account, tags))


async def _secret(access_key: str, token: str) -> Response:
    try:
        return json_response(200, {"Secret": await access.secret_of(access_key, token)})
    except SignatureError as error:
        return json_response(403, {"__type": error.code, "message": str(error)})


def _trusts(role: dict[str, Any], service: str, action: str) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=responses.get_account_id(),
        action=action,
        resource_arn=role["Arn"],
        region=responses.get_region(),
        service_context={"aws:sourceaccount": responses.get_account_id()},
    )
    policy = _about_service(role["AssumeRolePolicyDocument"], service)
    return bool(iam_evaluator.evaluate_trust_policy(policy, service, context))


def _about_service(policy: str | dict[str, Any], service: str) -> dict[str, Any]:
    """The statements of a trust policy whose principal is the service, for everybody."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    statements = document.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    about = [
        statement
        for statement in statements
        if iam_evaluator._service_principal_matches(statement.get("Principal"), service)
    ]
    return {"Statement": [statement | {"Principal": "*"} for statement in about]}


def _first_denial(access_key: str, checks: list[dict[str, Any]]) -> str | None:
    """Why the caller may not do all this, as AWS says it; None where it may."""
    if not app.AUTH:
        return None
    principal = iam_evaluator.resolve_principal(access_key, responses.get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return str(principal.message)
    for check in checks:
        denial = _denial(principal, check)
        if denial:
            return denial
    return None


def _denial(principal: Any, check: dict[str, Any]) -> str | None:
    action, resource = check["Action"], check["Resource"]
    if principal.policies is None:
        return None
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={
            key.lower(): value for key, value in check.get("Context", {}).items()
        },
        principal_keys=principal.keys,
    )
    result = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    if result.decision == "Allow":
        return None
    is_explicit = result.decision == "Deny"
    return str(
        iam_actions.identity_denial_message(
            action, principal.arn, resource, is_explicit
        )
    )
