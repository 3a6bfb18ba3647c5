"""What all kinds of things on the fake SageMaker share: they are created, described, listed and deleted by name.

What has happened since the last call is caught up with before every call.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.chaos.faults import client_error
from tests.chaos.s3 import Answer, Pages
from tests.chaos.things import ARN, KINDS, Thing, Things

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from tests.chaos.world import World

_LISTED = {
    "list_endpoints": "Endpoint",
    "list_endpoint_configs": "EndpointConfig",
    "list_models": "Model",
    "list_training_jobs": "TrainingJob",
}


def _missing(kind: str, name: str, operation: str) -> ClientError:
    text = f'Could not find {KINDS[kind]} "{name}".'
    return client_error("ValidationException", text, operation)


class Registry(ABC):
    """Kinds are those of `KINDS`."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _things(self) -> Things:
        return self._world.state.things

    def _call(self, operation: str, name: str, effect: Callable[[], Any]) -> Any:
        def answer() -> Any:
            self.catch_up()
            return copy.deepcopy(effect())

        return self._world.call("sagemaker", operation, name, answer)

    def _thing(self, kind: str, name: str, operation: str) -> Thing:
        thing = self._things.by_kind[kind].get(name)
        if thing is None:
            raise _missing(kind, name, operation)
        return thing

    def _describe(self, kind: str, name: str) -> Any:
        operation = f"Describe{kind}"

        def describe() -> Thing:
            thing = self._thing(kind, name, operation)
            return {k: v for k, v in thing.items() if k[0] != "_" and k != "Tags"}

        return self._call(operation, name, describe)

    def _create(
        self, kind: str, request: Thing, fields: Callable[[], Thing] = dict
    ) -> Any:
        name, operation = request[f"{kind}Name"], f"Create{kind}"

        def create() -> Answer:
            if name in self._things.by_kind[kind]:
                raise self._taken(kind, name, operation)
            arn = f"{ARN}{KINDS[kind]}/{name}"
            self._things.by_kind[kind][name] = {
                **request,
                f"{kind}Arn": arn,
                "CreationTime": self._world.now(),
                "_since": self._world.state.time,
                **fields(),
            }
            return {f"{kind}Arn": arn}

        return self._call(operation, name, create)

    @staticmethod
    def _taken(kind: str, name: str, operation: str) -> ClientError:
        if kind == "TrainingJob":
            text = "Job name must be unique within an AWS account and region"
            return client_error("ResourceInUse", text, operation)
        text = f'Cannot create already existing {KINDS[kind]} "{ARN}{name}".'
        return client_error("ValidationException", text, operation)

    def _delete(self, kind: str, name: str) -> Any:
        operation = f"Delete{kind}"

        def delete() -> Answer:
            self._thing(kind, name, operation)
            del self._things.by_kind[kind][name]
            return {}

        return self._call(operation, name, delete)

    @abstractmethod
    def catch_up(self) -> None:
        """Lets happen what has happened by now."""

    def get_paginator(self, operation: str) -> Pages:
        if operation == "list_tags":
            return Pages(self._list_tags)
        kind = _LISTED[operation]
        return Pages(lambda **request: self._list(kind, **request))

    def _list(self, kind: str, NameContains: str, StatusEquals: str = "") -> Answer:  # noqa: N803
        items = "TrainingJobSummaries" if kind == "TrainingJob" else f"{kind}s"

        def matching() -> Answer:
            things = self._things.by_kind[kind].items()
            return {
                items: [
                    thing
                    for name, thing in things
                    if NameContains in name
                    and StatusEquals in ("", thing.get(f"{kind}Status"))
                ]
            }

        answer: Answer = self._call(f"List{kind}s", NameContains, matching)
        return answer

    def _list_tags(self, ResourceArn: str) -> Answer:  # noqa: N803
        path, _, name = ResourceArn.removeprefix(ARN).partition("/")
        kind = next(kind for kind, text in KINDS.items() if text == path)

        def tags() -> Answer:
            return {"Tags": self._thing(kind, name, "ListTags").get("Tags", [])}

        answer: Answer = self._call("ListTags", name, tags)
        return answer
