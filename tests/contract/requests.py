"""What is asked of both servers: good requests and bad ones, made systematically."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.contract.bodies import PIXEL, dumps, npy, npz

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
IMAGES = tuple(
    f"image/{name}" for name in ("jpeg", "png", "tiff", "bmp", "gif", "webp", "x-image")
)
SOUNDS = tuple(f"audio/{name}" for name in ("x-flac", "mpeg", "wave", "ogg", "x-audio"))
LIMIT = 6_553_500
"""Of a body, in the container."""


@dataclass(frozen=True)
class ContractRequest:
    """One request. `dies` says that it ends the container's worker, every time."""

    name: str
    body: bytes = b'{"inputs":"good film"}'
    content_type: str | None = JSON
    accept: str | None = None
    method: str = "POST"
    path: str = "/invocations"
    dies: bool = False


GOOD = {
    "json": dumps({"inputs": "good film"}),
    "csv": b"inputs\r\ngood film\r\nbad film\r\n",
    "npy": npy(["good film"]),
    "image": PIXEL,
    "garbage": b"\xff\xfe\x00garbage",
    "empty": b"",
}
CONTENT_TYPES = (
    JSON,
    CSV,
    NPY,
    *IMAGES,
    *SOUNDS,
    None,
    "",
    "text/plain",
    "application/octet-stream",
    "text/csv; charset=utf-8",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "Application/JSON",
    "application/jsonlines",
    "application/json, text/csv",
    "*/*",
    "application/*",
    "application/xml",
    "application/x-npz",
    "image/svg+xml",
    "audio/wav",
)
ACCEPTS = (
    None,
    "",
    "*/*",
    JSON,
    CSV,
    NPY,
    *IMAGES,
    "audio/wave",
    "text/plain",
    "application/json; charset=utf-8",
    "Application/Json",
    "application/json, text/csv",
    "text/csv;q=0.1, application/json",
    "application/*",
    "image/*",
    "*/*;q=0.8",
    "text/html,application/xhtml+xml,*/*;q=0.8",
    "application/jsonlines",
    "application/octet-stream",
    "*",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
PATHS = (
    "/",
    "//",
    "/ping",
    "/ping/",
    "/ping/x",
    "/ping?x=1",
    "/invocations",
    "/invocations/",
    "/invocations/x",
    "/invocations?x=1",
    "/invocations?model_name=model",
    "/invocations?model_name=other",
    "/Invocations",
    "/%70ing",
    "/nope",
    "/nope/a/b",
    "/favicon.ico",
    "/predictions",
    "/predictions/model",
    "/predictions/other",
    "/model/predict",
    "/other/predict",
    "/models/model/invoke",
)


def everywhere() -> Iterator[ContractRequest]:
    for method in METHODS:
        for path in PATHS:
            yield ContractRequest(f"{method} {path}", method=method, path=path)


def typed() -> Iterator[ContractRequest]:
    for content_type in CONTENT_TYPES:
        for kind, body in GOOD.items():
            yield ContractRequest(f"{kind} as {content_type!r}", body, content_type)


def accepted() -> Iterator[ContractRequest]:
    questions = {
        "one": {"inputs": "good"},
        "ranked": {"inputs": ["good", "bad"], "parameters": {"top_k": None}},
        "wrong": {"inputs": 5},
    }
    for accept in ACCEPTS:
        for kind, value in questions.items():
            yield ContractRequest(
                f"{kind} accepting {accept!r}", dumps(value), accept=accept
            )


JSON_TEXTS = (
    '{"inputs":"good film"}',
    ' {"inputs" : "good film"} \n',
    '{"inputs":["good film","bad plot"]}',
    '{"inputs":["good"]}',
    '{"inputs":""}',
    '{"inputs":[]}',
    '{"inputs":null}',
    '{"inputs":5}',
    '{"inputs":true}',
    '{"inputs":1.5}',
    '{"inputs":[1,2]}',
    '{"inputs":[["a","b"]]}',
    '{"inputs":[null]}',
    '{"inputs":{}}',
    '{"inputs":{"text":"good"}}',
    '{"inputs":{"text":"good","text_pair":"bad"}}',
    '{"inputs":{"foo":"good"}}',
    '{"inputs":[{"text":"good"},{"text":"bad"}]}',
    '{"inputs":"good","inputs":"bad"}',
    '{"inputs":"good","foo":1}',
    '{"inputs":"good","options":{}}',
    '{"text":"good"}',
    '{"foo":"good"}',
    "{}",
    "[]",
    '["good"]',
    '[{"inputs":"good"}]',
    '"good"',
    "5",
    "1.5",
    "true",
    "null",
    "NaN",
    "Infinity",
    '{"inputs":NaN}',
    '{"inputs":[NaN]}',
    '{"inputs":1e999}',
    '{"inputs":"good","parameters":null}',
    '{"inputs":"good","parameters":{}}',
    '{"inputs":"good","parameters":[]}',
    '{"inputs":"good","parameters":"top_k"}',
    '{"inputs":"good","parameters":5}',
    '{"inputs":"good","parameters":false}',
    '{"inputs":"good","parameters":{"top_k":null}}',
    '{"inputs":"good","parameters":{"top_k":1}}',
    '{"inputs":"good","parameters":{"top_k":2}}',
    '{"inputs":"good","parameters":{"top_k":99}}',
    '{"inputs":"good","parameters":{"top_k":0}}',
    '{"inputs":"good","parameters":{"top_k":-1}}',
    '{"inputs":"good","parameters":{"top_k":"2"}}',
    '{"inputs":"good","parameters":{"top_k":1.5}}',
    '{"inputs":["good","bad"],"parameters":{"top_k":2}}',
    '{"inputs":"good","parameters":{"function_to_apply":"sigmoid"}}',
    '{"inputs":"good","parameters":{"function_to_apply":"SOFTMAX"}}',
    '{"inputs":"good","parameters":{"function_to_apply":"none"}}',
    '{"inputs":"good","parameters":{"function_to_apply":"tanh"}}',
    '{"inputs":"good","parameters":{"function_to_apply":null}}',
    '{"inputs":"good","parameters":{"nope":1}}',
    '{"inputs":"good","parameters":{"truncation":true}}',
    '{"inputs":"good","parameters":{"inputs":"bad"}}',
    '{"inputs":"good"',
    "{'inputs':'good'}",
    '{"inputs":}',
    '{"inputs":"good"} x',
    '{"inputs":"go\nod"}',
    '{"inputs":"\\ud800"}',
    '{"inputs":"\\ud83d\\ude00"}',
    '{"inputs":"\\u0000"}',
    '{"inputs":"<b>good</b> & \'fine\' = ok"}',
    '{"inputs":"\\x"}',
    "",
    " ",
    "\x00",
    '{"inputs":"' + "good " * 55 + '"}',
)


def json_texts() -> Iterator[ContractRequest]:
    for text in JSON_TEXTS:
        yield ContractRequest(f"JSON {text[:80]!r}", text.encode())
    yield ContractRequest(
        "JSON nested 900 deep", b'{"inputs":' + b"[" * 900 + b"]" * 900 + b"}"
    )
    yield ContractRequest("JSON nested 100000 deep", b"[" * 100_000)
    yield ContractRequest("JSON of 5000 digits", b'{"inputs":' + b"9" * 5000 + b"}")
    yield ContractRequest("JSON in UTF-16", '{"inputs":"good"}'.encode("utf-16"))
    yield ContractRequest("JSON in UTF-32", '{"inputs":"good"}'.encode("utf-32"))
    yield ContractRequest("JSON with a byte-order mark", b"\xef\xbb\xbf" + GOOD["json"])
    yield ContractRequest("JSON in Latin-1", '{"inputs":"gré"}'.encode("latin-1"))
    yield ContractRequest("JSON in UTF-8", '{"inputs":"gré 電影 😀"}'.encode())
    yield ContractRequest("JSON cut within a character", '{"inputs":"é"}'.encode()[:-3])


CSV_TEXTS = (
    "inputs\ngood film\n",
    "inputs\r\ngood film\r\nbad film",
    "inputs\rgood\rbad",
    "inputs,other\ngood,1\nbad,2\n",
    '"inputs"\n"good, film"\n',
    'inputs\n"good\nfilm"\n',
    "Inputs\ngood\n",
    "INPUTS\ngood\n",
    " inputs\ngood\n",
    "inputs \ngood\n",
    "text\ngood\n",
    "label\ngood\n",
    "my inputs here\ngood\n",
    "question,context\ngood,film\n",
    "context\ngood\n",
    "question\ngood\n",
    "inputs\n",
    "inputs",
    "good\ninputs\n",
    "\ninputs\ngood\n",
    "",
    "\n",
    ",\n",
    "inputs\n\n\n",
    "inputs\ngood\n\nbad\n",
    "inputs,a\ngood\n",
    "inputs\ngood,extra\n",
    "inputs;a\ngood;1\n",
    'inputs\n"good\n',
    'inputs\n"good" film\n',
    "inputs,inputs\ngood,bad\n",
    "inputs\tother\ngood\t1\n",
    "inputs\n\x00good\n",
    "inputs\ngré\n",
    "\ufeffinputs\ngood\n",
    "inputs\x0bgood\n",
    "inputs\u2028good\n",
    "text,text_pair,inputs\ngood,bad,fine\n",
)


def csv_texts() -> Iterator[ContractRequest]:
    for text in CSV_TEXTS:
        yield ContractRequest(f"CSV {text!r}", text.encode(), CSV)
    yield ContractRequest(
        "CSV of a cell too large", b"inputs\n" + b"good " * 30_000, CSV
    )
    yield ContractRequest("CSV in Latin-1", "inputs\ngré\n".encode("latin-1"), CSV)
    yield ContractRequest("CSV to CSV", GOOD["csv"], CSV, CSV)


def npy_bodies() -> Iterator[ContractRequest]:
    bodies = {
        "of texts": npy(["good", "bad"]),
        "of one text": npy("good"),
        "of numbers": npy([1.0, 2.0]),
        "of nothing": npy([]),
        "of bytes": npy([b"good"]),
        "of objects": npy(np.array(["good", None], dtype=object), allow_pickle=True),
        "archive": npz(inputs=np.array(["good"])),
        "pickled": pickle.dumps({"inputs": "good"}),
        "cut short": npy([1.0, 2.0])[:-4],
        "header alone": npy([1.0, 2.0])[:20],
        "magic alone": b"\x93NUMPY",
        "text": b"good",
    }
    for name, body in bodies.items():
        yield ContractRequest(f"npy {name}", body, NPY)


def sizes() -> Iterator[ContractRequest]:
    for size in (6_291_456, 6_291_457, LIMIT, LIMIT + 1, LIMIT + 100_000):
        yield ContractRequest(f"a body of {size} bytes", GOOD["json"].ljust(size))
        yield ContractRequest(
            f"a body of {size} bytes to /ping", GOOD["json"].ljust(size), path="/ping"
        )


def of_classifier() -> list[ContractRequest]:
    return [
        *everywhere(),
        *typed(),
        *accepted(),
        *json_texts(),
        *csv_texts(),
        *npy_bodies(),
        *sizes(),
    ]


def of_tagger() -> list[ContractRequest]:
    """The other tasks: what they share with the first is not asked again."""
    return [
        ContractRequest("a text", dumps({"inputs": "Anna met Bert in the town"})),
        ContractRequest(
            "two texts",
            dumps({"inputs": ["the council met", "a bridge over the river"]}),
        ),
        ContractRequest(
            "in groups",
            dumps(
                {
                    "inputs": "the council met",
                    "parameters": {"aggregation_strategy": "simple"},
                }
            ),
        ),
        ContractRequest("to CSV", dumps({"inputs": "the council met"}), accept=CSV),
        ContractRequest("no text", dumps({"inputs": 5})),
    ]


def of_masked() -> list[ContractRequest]:
    return [
        ContractRequest("a gap", dumps({"inputs": "the council met [MASK] decided"})),
        ContractRequest(
            "two texts",
            dumps(
                {"inputs": ["the [MASK] met", "a [MASK]"], "parameters": {"top_k": 2}}
            ),
        ),
        ContractRequest("to CSV", dumps({"inputs": "the [MASK] met"}), accept=CSV),
        ContractRequest("without a gap", dumps({"inputs": "the council met"})),
    ]


def of_writer() -> list[ContractRequest]:
    options = {"max_new_tokens": 5, "do_sample": False}
    return [
        ContractRequest(
            "a start", dumps({"inputs": "the council", "parameters": options})
        ),
        ContractRequest(
            "without the start",
            dumps(
                {
                    "inputs": "the council",
                    "parameters": {**options, "return_full_text": False},
                }
            ),
        ),
        ContractRequest(
            "two starts",
            dumps({"inputs": ["the council", "a bridge"], "parameters": options}),
        ),
    ]
