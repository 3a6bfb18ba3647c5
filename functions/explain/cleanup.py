"""What to do with an endpoint after a run that was to change it has failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from functions.deploy.requests import CHANGING, DEAD, configs_of

EndpointAction = Literal["nothing", "restore", "delete", "recreate", "replace", "wait"]
"""restore: update it to the champion's config; recreate: it is gone, make it with that config; replace: it is dead,
delete it so that it can be recreated; wait: it cannot be changed at this moment."""


def endpoint_action(
    endpoint: Mapping[str, Any] | None, config: str, champion_config: str | None, had_deployed: bool
) -> EndpointAction:
    """`config` is the failed run's; `had_deployed` whether it had come as far as touching the endpoint."""
    if endpoint is None:
        return "recreate" if champion_config and had_deployed else "nothing"
    status = endpoint["EndpointStatus"]
    if status == "Deleting":
        return "wait" if champion_config and had_deployed else "nothing"
    if config not in configs_of(endpoint):
        return "nothing"
    if status in CHANGING:
        return "wait"
    if not champion_config:
        return "delete"
    return "replace" if status in DEAD else "restore"


def frees_config(action: EndpointAction) -> bool:
    """Whether nothing needs the failed run's config and model once the action was taken."""
    return action in {"nothing", "delete", "recreate", "replace"}
