"""What is asked of models with inference scripts of their users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.contract.bodies import dumps
from tests.contract.requests import (
    ACCEPTS,
    CONTENT_TYPES,
    CSV,
    GOOD,
    IMAGES,
    JSON,
    NPY,
    ContractRequest,
    json_texts,
)

DOINGS = (
    "raise",
    "raise without words",
    "raise KeyError",
    "run out of memory",
    "status",
    "header",
    "content type",
    "ask",
)
DEADLY = ("raise half a character", "exit")
ANSWERS = (
    "text",
    "no text",
    "bytes",
    "bytearray",
    "list",
    "number",
    "none",
    "tuple",
    "nan",
    "set",
    "object",
    "memory",
)
PREDICTIONS = (
    "nan",
    "infinity",
    "array",
    "integer",
    "real",
    "datetime",
    "date",
    "set",
    "bytes",
    "object",
    "none",
    "text",
    "numbers",
    "rows",
    "uneven rows",
    "row",
    "no rows",
    "lists",
    "image",
    "clear image",
    "keys",
    "pair",
    "anything",
)


def of_steps() -> list[ContractRequest]:
    return [
        *(ContractRequest(f"do {do}", dumps({"do": do})) for do in DOINGS),
        *(ContractRequest(f"do {do}", dumps({"do": do}), dies=True) for do in DEADLY),
        *(
            ContractRequest(f"answer {answer}", dumps({"answer": answer}))
            for answer in ANSWERS
        ),
        ContractRequest(
            "answer half a character", dumps({"answer": "half a character"}), dies=True
        ),
        *(
            ContractRequest(f"as {kind!r}", b"abc", kind)
            for kind in CONTENT_TYPES
            if kind != JSON
        ),
        *(
            ContractRequest(f"accepting {accept!r}", b"{}", accept=accept)
            for accept in ACCEPTS
        ),
    ]


def of_predict() -> Iterator[ContractRequest]:
    for kind in PREDICTIONS:
        for accept in (JSON, CSV, NPY, *IMAGES):
            yield ContractRequest(
                f"{kind} to {accept}", dumps({"inputs": kind}), accept=accept
            )
    yield ContractRequest(
        "half a character to JSON", dumps({"inputs": "half a character"}), dies=True
    )
    for content_type in CONTENT_TYPES:
        for name, body in GOOD.items():
            yield ContractRequest(f"{name} as {content_type!r}", body, content_type)
    yield from (
        replace(request, name=f"of hooks: {request.name}") for request in json_texts()
    )


def of_transform() -> list[ContractRequest]:
    return [
        *(ContractRequest(f"as {kind!r}", b"abc", kind) for kind in CONTENT_TYPES),
        *(
            ContractRequest(f"accepting {accept!r}", accept=accept)
            for accept in ACCEPTS
        ),
        ContractRequest("raising", b"raise", "text/plain"),
        ContractRequest("answering a pair", b"pair", "text/plain"),
        ContractRequest("not UTF-8", b"\xff", JSON),
    ]


def of_around() -> list[ContractRequest]:
    return [
        ContractRequest("text", b"good film", "text/plain"),
        ContractRequest("JSON", b'"good film"', JSON, "text/plain"),
        ContractRequest("CSV", b"good film", CSV, CSV),
        ContractRequest("not UTF-8", b"\xff", "text/plain"),
    ]
