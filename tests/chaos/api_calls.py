"""What callers of the API do in a world; a refusal is an answer as well."""

from __future__ import annotations

import json
from typing import Any

from functions.api import calls
from tests.chaos.world import World
from tests.unit.functions.api.client import event_of


def delete_endpoint(world: World, model: str) -> None:
    answer = _call(world, "DELETE", "/models/{model}/endpoint", model=model)
    assert answer["statusCode"] in {200, 404, 409}, answer


def retry(world: World, run: str) -> dict[str, Any]:
    """The answer to who asks for another try of a run."""
    return _call(world, "POST", "/runs/{run}/retry", run=run)


def delete_model(world: World, model: str) -> dict[str, Any]:
    return _call(world, "DELETE", "/models/{model}", model=model)


def delete_release(world: World, model: str, run: str) -> dict[str, Any]:
    path = "/models/{model}/releases/{run}"
    return _call(world, "DELETE", path, model=model, run=run)


def delete_data(world: World, run: str) -> dict[str, Any]:
    return _call(world, "DELETE", "/runs/{run}/data", run=run)


def stop(world: World, run: str) -> dict[str, Any]:
    """The answer to who wants a run to end."""
    return _call(world, "POST", "/runs/{run}/stop", run=run)


def approve(world: World, run: str) -> dict[str, Any]:
    """The answer to who says yes to a run that waits for it."""
    return _call(world, "POST", "/runs/{run}/approve", run=run)


def reject(world: World, run: str) -> dict[str, Any]:
    return _call(world, "POST", "/runs/{run}/reject", run=run)


def put_to_sleep(world: World, run: str) -> dict[str, Any]:
    """The answer to who wants the model of a run to have no endpoint for now."""
    return _of_model(world, "sleep", world.ledger.get_run(run).model)


def wake(world: World, run: str) -> dict[str, Any]:
    """The answer to who wants it to have one again."""
    return _of_model(world, "wake", world.ledger.get_run(run).model)


def predict(world: World, model: str) -> dict[str, Any]:
    """The answer of a function that has read nothing yet."""
    calls.predictor.cache_clear()
    body = json.dumps({"inputs": "a film"})
    event = event_of("POST", "/models/{model}/predict", {"model": model}, body)
    return world.invoke("Api", event)


def roll_back(world: World, run: str, **more: Any) -> dict[str, Any]:
    """The answer to who wants an earlier release back."""
    return _put_live(world, "rollback", run, more)


def roll_back_once(world: World, model: str) -> dict[str, Any]:
    """To the release before the live one."""
    return _of_model(world, "rollback", model)


def _of_model(world: World, action: str, model: str) -> dict[str, Any]:
    return _call(world, "POST", f"/models/{{model}}/{action}", model=model)


def releases(world: World, model: str, **query: str) -> dict[str, Any]:
    parameters = {"model": model}
    event = event_of("GET", "/models/{model}/releases", parameters, query=query)
    return world.invoke("Api", event)


def promote(world: World, run: str, **more: Any) -> dict[str, Any]:
    """The answer to who wants a run live that was kept back."""
    return _put_live(world, "promote", run, more)


def _put_live(
    world: World, action: str, run: str, more: dict[str, Any]
) -> dict[str, Any]:
    model = more.pop("model", world.ledger.get_run(run).model)
    body = json.dumps({"run": run, **more})
    event = event_of("POST", f"/models/{{model}}/{action}", {"model": model}, body)
    return world.invoke("Api", event)


def _call(
    world: World, method: str, resource: str, **parameters: str
) -> dict[str, Any]:
    return world.invoke("Api", event_of(method, resource, parameters))


def status_and_code(answer: dict[str, Any]) -> tuple[int, str]:
    """Of an answer that refuses."""
    return answer["statusCode"], json.loads(answer["body"])["error"]["code"]
