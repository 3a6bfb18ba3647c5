"""What the Hub's answer, or its silence, means for a drop that names one of its models."""

from __future__ import annotations

from collections.abc import Callable

from contracts.problems import Problem
from functions.adapters.hub import HubError, HubModel
from functions.inspect.settings_file import Hub

DEFAULT_REVISION = "main"
Token = Callable[[str], str]
"""A secret's name to the token in it; raises `LookupError` saying why there is none."""
Ask = Callable[[str, str, str], HubModel]
"""Model id, revision and token to the model's facts; raises `HubError`."""


def look_up(wanted: Hub, stack: str, token: Token, ask: Ask) -> HubModel | Problem:
    """The model, or the problem. A Hub out of reach is none where the task is set: the endpoint may reach it."""
    revision, secret = wanted.revision or DEFAULT_REVISION, wanted.token_secret
    if problem := wanted.problem(stack):
        return problem
    try:
        return ask(wanted.model_id, revision, token(secret) if secret else "")
    except LookupError as error:
        remedy = "Create it in Secrets Manager with the token as its text, or correct the name."
        return Problem(
            "a secret with a token of the Hub",
            str(error),
            remedy,
            column="hub.token_secret",
        )
    except HubError as error:
        return _meaning(error, wanted, revision)


def _meaning(error: HubError, wanted: Hub, revision: str) -> HubModel | Problem:
    place = f"{wanted.model_id!r} at the revision {revision!r}"
    if error.status in (401, 403):
        remedy = "Correct hub.model_id, or name a secret with a token that may read it under hub.token_secret."
        return Problem(
            f"a model of the Hub that may be read, {place}",
            f"{error}",
            remedy,
            column="hub.model_id",
        )
    if error.status == 404:
        remedy = "Correct hub.model_id or hub.revision; for a private model, set hub.token_secret."
        return Problem(
            f"a model of the Hub, {place}",
            f"none ({error})",
            remedy,
            column="hub.model_id",
        )
    if error.status is None and wanted.task:
        return HubModel(commit=wanted.revision or "")
    remedy = "Drop traindrop.yaml again later, or set hub.task, so that the Hub need not be asked from here."
    return Problem(
        "an answer of the Hugging Face Hub",
        f"none ({error})",
        remedy,
        column="hub.model_id",
    )
