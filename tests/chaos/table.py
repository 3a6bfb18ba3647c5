"""The ledger's table in this process: boto3's own client and the local engine's DynamoDB, without HTTP in between."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Coroutine
from functools import cache
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from ministack.core.responses import request_scope
from ministack.services import dynamodb as engine

from tests.unit.stack import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NAME = "ledger"
Items = list[dict[str, Any]]
Reply = tuple[SimpleNamespace, dict[str, Any]]
"""An HTTP response of which only the status is looked at, and its parsed content."""
Around = Callable[[str, Callable[[], Any]], Any]
"""What a call goes through: its operation, and the call itself."""


class InProcessTable:
    """There is one table, which the last `open` emptied; its calls go through `around`."""

    def __init__(self) -> None:
        self.around: Around = call_directly
        session = boto3.Session("test", "test", region_name="us-east-1")
        self._resource = session.resource(
            "dynamodb",
            endpoint_url="http://127.0.0.1:9",
            config=Config(user_agent="simulation", retries={"total_max_attempts": 1}),
        )
        self._resource.meta.client.meta.events.register(
            "before-call.dynamodb", cast(Any, self._call)
        )

        engine.copy = cast(Any, SimpleNamespace(deepcopy=_copied))

    def open(self, around: Around, items: Items) -> Table:
        """The table with these items."""
        self.around = call_directly
        engine.reset()
        table = self._resource.create_table(TableName=NAME, **_shape())
        for item in items:
            table.put_item(Item=item)
        self.around = around
        return table

    def items(self) -> Items:
        around, self.around = self.around, call_directly
        try:
            return [dict(item) for item in self._resource.Table(NAME).scan()["Items"]]
        finally:
            self.around = around

    def _call(self, model: Any, params: dict[str, Any], **_: Any) -> Reply:
        reply: Reply = self.around(model.name, lambda: _answer(params))
        return reply


@cache
def in_process_table() -> InProcessTable:
    return InProcessTable()


@cache
def _shape() -> dict[str, Any]:
    return template.ledger_table()


def call_directly(operation: str, call: Callable[[], Any]) -> Any:
    return call()


def _answer(request: dict[str, Any]) -> Reply:
    """What botocore makes of the response: most of a call's time is its way there and back over HTTP."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    with request_scope("123456789012", "us-east-1"):
        status, fields, content = _finish(
            engine.handle_request("POST", "/", headers, request["body"], {})
        )
    document = json.loads(content)
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": fields, "RetryAttempts": 0}
    parsed = {**document, "ResponseMetadata": metadata}
    if status >= HTTPStatus.BAD_REQUEST:
        code = document["__type"].rpartition("#")[2]
        message = document.get("message") or document.get("Message", "")
        parsed["Error"] = {"Code": code, "Message": message}
    return SimpleNamespace(status_code=status), parsed


def _copied(value: Any) -> Any:
    """As `copy.deepcopy`, which takes a fifth of a simulation's time for the items, which are JSON."""
    if type(value) is dict:
        return {name: _copied(item) for name, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    return value if type(value) in {str, bool, int} else copy.deepcopy(value)


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("expected DynamoDB to answer at once; it waits")
