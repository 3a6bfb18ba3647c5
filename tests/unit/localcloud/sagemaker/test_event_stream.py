"""Messages as botocore reads them."""

from __future__ import annotations

import json
from typing import Any

from botocore.eventstream import EventStreamBuffer

from localcloud.sagemaker.event_stream import exception, payload_part


def test_parts_and_the_exception_that_ends_them_are_read_by_botocore() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(payload_part(b"one") + payload_part(b""))
    buffer.add_data(exception("ModelStreamError", {"Message": "ü"}))
    messages: list[Any] = list(buffer)
    first, empty, last = messages
    assert first.payload == b"one"
    assert first.headers[":event-type"] == "PayloadPart"
    assert empty.payload == b""
    assert last.headers[":message-type"] == "exception"
    assert last.headers[":exception-type"] == "ModelStreamError"
    assert json.loads(last.payload) == {"Message": "ü"}
