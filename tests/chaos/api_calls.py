"""What callers of the API do in a world; a refusal is an answer as well."""

from __future__ import annotations

from typing import Any

from tests.chaos.world import World
from tests.unit.functions.api.client import event_of


def delete_endpoint(world: World, model: str) -> None:
    answer = _call(world, "DELETE", "/models/{model}/endpoint", model=model)
    assert answer["statusCode"] in {200, 404, 409}, answer


def retry(world: World, run: str) -> dict[str, Any]:
    """The answer to who asks for another try of a run."""
    return _call(world, "POST", "/runs/{run}/retry", run=run)


def _call(
    world: World, method: str, resource: str, **parameters: str
) -> dict[str, Any]:
    return world.invoke("Api", event_of(method, resource, parameters))
