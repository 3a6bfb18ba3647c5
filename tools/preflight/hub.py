"""Whether the base model is on the Hub. A training instance asks it for the model, as this machine does now."""

from __future__ import annotations

from collections.abc import Iterator

from functions.adapters.hub import HubError, ask
from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State


def base_model(deployment: Deployment) -> Iterator[Finding]:
    """Asks without a token: a model that only its owner may read counts as missing."""
    model, hub = (
        deployment.parameters["BaseModel"],
        deployment.parameters["HubEndpoint"],
    )
    mirror = f"copy it to base-models/{model}/ in the data bucket after the deployment"
    try:
        ask(model, "main", "", endpoint=hub)
    except HubError as error:
        if error.status is None:
            yield Finding(
                State.UNKNOWN,
                f"base model {model}: {hub} cannot be reached from here ({error})",
                f"If AWS cannot reach it either, {mirror}.",
            )
        else:
            yield Finding(
                State.MISSING,
                f"base model {model}: {hub} answers {error}",
                f"Check its name; if it is gated or private, {mirror}, or name another BaseModel.",
            )
    else:
        yield Finding(State.OK, f"base model {model} is on {hub}")
