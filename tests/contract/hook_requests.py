"""What is asked of models with inference scripts of their users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.contract.requests import (
    ACCEPTS,
    CONTENT_TYPES,
    CSV,
    GOOD,
    IMAGES,
    JSON,
    NPY,
    Asked,
    dumps,
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


def of_steps() -> list[Asked]:
    return [
        *(Asked(f"do {do}", dumps({"do": do})) for do in DOINGS),
        *(Asked(f"do {do}", dumps({"do": do}), dies=True) for do in DEADLY),
        *(Asked(f"answer {answer}", dumps({"answer": answer})) for answer in ANSWERS),
        Asked("answer half a character", dumps({"answer": "half a character"}), dies=True),
        *(Asked(f"as {kind!r}", b"abc", kind) for kind in CONTENT_TYPES if kind != JSON),
        *(Asked(f"accepting {accept!r}", b"{}", accept=accept) for accept in ACCEPTS),
    ]


def of_predict() -> Iterator[Asked]:
    for kind in PREDICTIONS:
        for accept in (JSON, CSV, NPY, *IMAGES):
            yield Asked(f"{kind} to {accept}", dumps({"inputs": kind}), accept=accept)
    yield Asked("half a character to JSON", dumps({"inputs": "half a character"}), dies=True)
    for content_type in CONTENT_TYPES:
        for name, body in GOOD.items():
            yield Asked(f"{name} as {content_type!r}", body, content_type)
    yield from (replace(asked, name=f"of hooks: {asked.name}") for asked in json_texts())


def of_transform() -> list[Asked]:
    return [
        *(Asked(f"as {kind!r}", b"abc", kind) for kind in CONTENT_TYPES),
        *(Asked(f"accepting {accept!r}", accept=accept) for accept in ACCEPTS),
        Asked("raising", b"raise", "text/plain"),
        Asked("answering a pair", b"pair", "text/plain"),
        Asked("not UTF-8", b"\xff", JSON),
    ]


def of_around() -> list[Asked]:
    return [
        Asked("text", b"good film", "text/plain"),
        Asked("JSON", b'"good film"', JSON, "text/plain"),
        Asked("CSV", b"good film", CSV, CSV),
        Asked("not UTF-8", b"\xff", "text/plain"),
    ]
