"""Whether the base model is on the Hub. A training instance asks it for the model, as this machine does now."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

TIMEOUT_SECONDS = 10


def base_model(deployment: Deployment) -> Iterator[Finding]:
    model, hub = deployment.parameters["BaseModel"], deployment.parameters["HubEndpoint"]
    address = f"{hub.rstrip('/')}/{model}/resolve/main/config.json"
    mirror = f"copy it to base-models/{model}/ in the data bucket after the deployment"
    try:
        with urlopen(address, timeout=TIMEOUT_SECONDS):
            yield Finding(State.OK, f"base model {model} is on {hub}")
    except HTTPError as error:
        yield Finding(
            State.MISSING,
            f"base model {model}: {hub} answers {error.code}",
            f"Check its name; if it is gated or private, {mirror}, or name another BaseModel.",
        )
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        yield Finding(
            State.UNKNOWN,
            f"base model {model}: {hub} cannot be reached from here ({reason})",
            f"If AWS cannot reach it either, {mirror}.",
        )
