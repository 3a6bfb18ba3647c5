"""The ledger's table in this process: boto3's own client and the local engine's DynamoDB, with no socket in between."""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from ministack.core.responses import request_scope
from ministack.services import dynamodb as engine

from tests.unit.stack import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NAME = "ledger"
Items = list[dict[str, Any]]
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
            config=Config(retries={"total_max_attempts": 1}),
        )
        self._resource.meta.client.meta.events.register(
            "before-send.dynamodb", cast(Any, self._send)
        )

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

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        operation = _text(request.headers["X-Amz-Target"]).rpartition(".")[2]
        answer: AWSResponse = self.around(operation, lambda: _answer(request))
        return answer


@cache
def in_process_table() -> InProcessTable:
    return InProcessTable()


@cache
def _shape() -> dict[str, Any]:
    return template.ledger_table()


def call_directly(operation: str, call: Callable[[], Any]) -> Any:
    return call()


def _answer(request: Any) -> AWSResponse:
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    with request_scope("123456789012", "us-east-1"):
        status, fields, content = _finish(
            engine.handle_request("POST", "/", headers, request.body or b"", {})
        )
    body = _Body(content if isinstance(content, bytes) else content.encode())
    names = {name.lower(): value for name, value in fields.items()}
    return AWSResponse(request.url, status, cast(Any, names), body)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("expected DynamoDB to answer at once; it waits")


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
