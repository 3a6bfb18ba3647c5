"""Who may call the engine: callers that sign with keys of this cloud, those of its users and of its roles' sessions.

ministack takes any signature of the account's root. Here it must be made with the secret of the state folder, which
`AWS_SECRET_ACCESS_KEY` of the engine's environment holds.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime, responses, router
from ministack.services import sts

from localcloud.engine.common.patching import replace, symbol
from localcloud.engine.dispatch import Proceed, Request, Response, around_requests
from localcloud.guard import CALLER, HEAD, Guard, Refusal
from localcloud.signatures import RequestHead, SignatureError, derived_secret

HEALTH_PATH = "/_ministack/health"
_ACCESS_KEY_CHARACTERS = 16
_SESSION_CHARACTERS = 64


def guarded(application: Any) -> Guard:
    return Guard(application, secret_of, refusal, _is_open, _is_api)


def _is_api(path: str) -> bool:
    """Whether a path is that of a deployed HTTP API, which checks its callers itself."""
    return app._parse_execute_api_url("", path) is not None


def _is_open(path: str) -> bool:
    return path == HEALTH_PATH or _is_api(path)


async def secret_of(access_key: str, token: str) -> str:
    """Raises `SignatureError` for a key that is unknown, expired, or used without its token."""
    try:
        account = app._request_account_scope(access_key)
    except iam_evaluator.AmbiguousAccessKeyError as error:
        raise SignatureError("InvalidClientTokenId", _UNKNOWN) from error
    if not account.isdigit():
        account = responses.get_account_id()
    account = responses._account_from_sts_session(access_key) or account
    credential = iam_evaluator.resolve_credential(access_key, account, token)
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        raise SignatureError(credential.code, credential.message)
    return str(credential.secret_access_key)


_UNKNOWN = "The security token included in the request is invalid."


def refusal(head: RequestHead, error: SignatureError) -> Refusal:
    """As the service that the request is for says it."""
    query, headers = dict(head.query), dict(head.headers)
    service = router.detect_service(head.method, head.path, headers, query)
    denied = iam_evaluator.AuthError(error.code, str(error))
    status, answer_headers, body = app._credential_failure(
        service, "", "", denied, headers
    )
    return status, answer_headers, body if isinstance(body, bytes) else body.encode()


async def _require_caller(request: Request, proceed: Proceed) -> Response:
    """An open path leads to no service, whatever else its request says."""
    if CALLER.get():
        return await proceed()
    head = RequestHead(request.method, request.path, request.query, request.headers)
    return refusal(head, SignatureError("AccessDenied", "Access Denied"))


def session_tags(access_key: str) -> list[dict[str, str]]:
    """The tags of the session that a key belongs to; none of a user's key."""
    tags: list[dict[str, str]] = sts._sessions.get(access_key, {}).get(
        "SessionTags", []
    )
    return tags


def session(
    role_arn: str, name: str, account: str, tags: Sequence[dict[str, str]] = ()
) -> dict[str, str]:
    """Credentials of a role that do not expire: those of a role, a session's name and its tags are always the same.

    The role may belong to another account than the default one. Nobody can compute them without the account's secret.
    """
    role, name = role_arn.rpartition("/")[2], name[:_SESSION_CHARACTERS]
    secret = os.environ["AWS_SECRET_ACCESS_KEY"]
    names = (role_arn, name, *(f"{tag['Key']}={tag['Value']}" for tag in tags))
    key_digest = derived_secret(secret, "key", *names)[:_ACCESS_KEY_CHARACTERS]
    access_key = f"ASIA{key_digest.upper()}"
    secret_key = derived_secret(secret, "secret", *names)
    token = derived_secret(secret, "token", *names)
    principal = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "UserId": f"{role}:{name}",
        "SecretAccessKey": secret_key,
        "SessionToken": token,
        "SessionTags": list(tags),
    }
    sts.register_session(access_key, principal)
    return {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_SESSION_TOKEN": token,
    }


def _function_credentials(original: Any) -> Any:
    """Those of a function's role, which ministack computes from public names alone."""

    def credentials(config: dict[str, Any]) -> dict[str, str]:
        if not app.AUTH:
            unchanged: dict[str, str] = original(config)
            return unchanged
        account, _ = lambda_runtime._account_region_from_function_config(config)
        return session(config.get("Role", ""), config["FunctionName"], account)

    return credentials


def _skip_checked_signature(original: Any) -> Any:
    """A signature in a header is checked once, by the guard."""

    def pin(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        head = HEAD.get()
        if head and head.is_signed_in_header:
            iam_evaluator._signed_request.set(None)
            iam_evaluator._verified_key.set(CALLER.get())

    return pin


def apply() -> None:
    """Raises `IncompatibleEngineError`."""
    symbol(app, "_parse_execute_api_url", "host path")
    symbol(app, "_request_account_scope", "access_key_id")
    symbol(app, "_credential_failure", "service iam_action request_id denied headers")
    symbol(responses, "_account_from_sts_session")
    symbol(
        iam_evaluator,
        "resolve_credential",
        "access_key_id account_id session_token",
    )
    symbol(sts, "register_session")
    symbol(sts, "_sessions")
    symbol(lambda_runtime, "_account_region_from_function_config", "config")
    replace(lambda_runtime, "execution_credentials", "config", _function_credentials)
    symbol(iam_evaluator, "_signed_request")
    symbol(iam_evaluator, "_verified_key")
    replace(
        app,
        "pin_signed_request",
        "method raw_path query_params raw_headers handshake",
        _skip_checked_signature,
    )
    around_requests(_require_caller)
