"""Every difference from the container that is meant. docs/serving.md shows both tables; a test holds it to them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from tests.contract.asking import WORKER_DIED, Answer
from tests.contract.requests import CSV, NPY, ContractRequest


@dataclass(frozen=True)
class Difference:
    """`applies` is asked only where the answers differ; the first that does is the reason."""

    name: str
    container: str
    ours: str
    why: str
    applies: Callable[[ContractRequest, Answer, Answer], bool]

    def row(self) -> str:
        return f"| {self.name} | {self.container} | {self.ours} | {self.why} |"


def _refused(answer: Answer) -> bool:
    return answer.status in (400, 406, 415, 422)


def _path(request: ContractRequest) -> str:
    return unquote(request.path.partition("?")[0])


def _other_place(request: ContractRequest) -> bool:
    return request.method not in {
        "/ping": ("GET", "POST", "HEAD"),
        "/invocations": ("POST",),
    }.get(_path(request), ())


def _loosely_typed(request: ContractRequest) -> bool:
    name = request.content_type or ""
    return ";" in name or name != name.lower()


def _negotiated(request: ContractRequest) -> bool:
    accept = request.accept or ""
    return any(sign in accept for sign in ",;*") or accept != accept.lower()


def _same_json(one: Answer, other: Answer) -> bool:
    try:
        return one.status == other.status and json.loads(one.body) == json.loads(
            other.body
        )
    except ValueError:
        return False


OF_A_PREDICTOR = re.compile(r"(inputs|parameters)[.:\[]|'\w+' object is not a mapping$")
STRICT = (
    Difference(
        "pickles",
        "unpickles what is sent as `application/x-npy`",
        "400, unread",
        "whoever may call the model could run code in it",
        lambda request, theirs, ours: (
            "npy" in request.name and "pickle" in ours.body.decode() and _refused(ours)
        ),
    ),
    Difference(
        "words of the model",
        "400 with the message of the pipeline's exception",
        "400 with the sentence of Traindrop's check",
        "the model's part is the same in both modes",
        lambda request, theirs, ours: (
            theirs.status == ours.status == 400
            and bool(OF_A_PREDICTOR.match(json.loads(ours.body)["message"]))
        ),
    ),
    Difference(
        "checks of the model",
        "200: the pipeline ignores or reinterprets the parameter",
        "400: `top_k` is a whole number from 1, an unknown parameter is a mistake",
        "the model's part is the same in both modes",
        lambda request, theirs, ours: (
            '"parameters"' in request.body.decode()
            and (theirs.status, ours.status) == (200, 400)
        ),
    ),
)
"""What strict mode does not imitate."""

OURS = (
    Difference(
        "`/ping`",
        "JSON over several lines; a body is held to the limit",
        "JSON in one line; a body is not read",
        "nobody reads it but for the status",
        lambda request, theirs, ours: _path(request) == "/ping" and ours.status == 200,
    ),
    Difference(
        "paths and methods",
        "any method; `/ping/…`, `/predictions/model`, `/model/predict`, `/models/model/invoke`",
        "`GET` and `POST /ping`, `POST /invocations`, `POST /v1/chat/completions` and `/v1/completions`; "
        "else 404 or 405 with `Allow`",
        "a wrong call should be seen at once",
        lambda request, theirs, ours: (
            _other_place(request) and ours.status in (404, 405)
        ),
    ),
    Difference(
        "`?model_name=`",
        "404 for another name than `model`",
        "not read",
        "one server has one model",
        lambda request, theirs, ours: (
            theirs.status == 404 and "model_name" in request.path
        ),
    ),
    Difference(
        "size of the body",
        "6,553,500 bytes, then 413 with an empty body",
        "6,291,456 bytes, then 413 with a sentence",
        "InvokeEndpoint lets no larger one through",
        lambda request, theirs, ours: ours.status == 413,
    ),
    Difference(
        "pickles",
        "unpickles what is sent as `application/x-npy`",
        "400, unread",
        "whoever may call the model could run code in it",
        lambda request, theirs, ours: (
            request.content_type == NPY and (theirs.status, ours.status) == (200, 400)
        ),
    ),
    Difference(
        "arrays of texts",
        "400: an array has no `inputs`",
        "200: the array is `inputs`",
        "the content type is of no use otherwise",
        lambda request, theirs, ours: (
            request.content_type == NPY and (theirs.status, ours.status) == (400, 200)
        ),
    ),
    Difference(
        "content types with parameters or in capitals",
        "400 for `application/json; charset=utf-8`; hooks get bytes",
        "as without; hooks get text and the plain name",
        "many clients send them",
        lambda request, theirs, ours: _loosely_typed(request) and not _refused(ours),
    ),
    Difference(
        "`Accept` with several types, weights or wildcards",
        "400 for all but one exact type and `*/*`",
        "the best of the types offered",
        "browsers and many clients send them",
        lambda request, theirs, ours: (
            _negotiated(request) and (theirs.status, ours.status) == (400, 200)
        ),
    ),
    Difference(
        "a byte-order mark",
        "400, or part of the first column's name",
        "dropped",
        "spreadsheets write it",
        lambda request, theirs, ours: (
            request.body.startswith(b"\xef\xbb\xbf") and ours.status == 200
        ),
    ),
    Difference(
        "NaN and infinity in a request",
        "taken for JSON",
        "400",
        "JSON has neither; text would fail later, numbers would spoil a batch",
        lambda request, theirs, ours: (
            (theirs.status, ours.status) == (200, 400)
            and any(name in request.body for name in (b"NaN", b"Infinity"))
        ),
    ),
    Difference(
        "NaN and infinity in an answer",
        "400, or JSON that few can read",
        "`null`; in CSV `nan`",
        "the rest of the answer is good",
        lambda request, theirs, ours: (
            ours.status == 200
            and (
                b"NaN" in theirs.body
                or "nan" in request.name
                or "infinity" in request.name
            )
        ),
    ),
    Difference(
        "CSV",
        "rows of any length and open quotes pass; of the columns `text` is refused, line ends of old Macs too",
        "each row has the header's number of cells; `text` and all line ends pass; one object is a row",
        "a cell in the wrong column is answered wrongly",
        lambda request, theirs, ours: (
            CSV in (request.content_type, request.accept)
            and (theirs.status, ours.status) in ((200, 400), (400, 200))
        ),
    ),
    Difference(
        "fields and parameters that are unknown or senseless",
        "200: passed over or reinterpreted",
        "422",
        "a misspelled parameter should be seen",
        lambda request, theirs, ours: (theirs.status, ours.status) == (200, 422),
    ),
    Difference(
        "the caller's mistakes",
        "400 `InternalServerException` with the words of the exception",
        "400, 406, 415 or 422 with a type of its own, and what was expected, what found, what to do",
        "a program can tell them apart, a person can act on them",
        lambda request, theirs, ours: theirs.status == 400 and _refused(ours),
    ),
    Difference(
        "the model's failures",
        "400, or 503 where a hook's answer cannot be sent",
        "500 with the exception's type",
        "the caller cannot mend them; a 5xx raises the alarm that watches for it",
        lambda request, theirs, ours: (
            theirs.status in (400, 503) and ours.status == 500
        ),
    ),
    Difference(
        "what ends the worker",
        "500 `Worker died.` for `sys.exit` in a hook and half a surrogate pair in an answer; all wait for another",
        "500 for that request alone; `?` for the half pair",
        "one request should not harm others",
        lambda request, theirs, ours: (
            theirs.status == 500 and WORKER_DIED in theirs.body
        ),
    ),
    Difference(
        "answers of hooks that are not text or bytes",
        "JSON over several lines, non-ASCII escaped; 400 or 503 for sets, dates and memoryviews",
        "JSON in one line, UTF-8; these too",
        "as all other answers",
        lambda request, theirs, ours: (
            _same_json(theirs, ours)
            or (theirs.status in (400, 503) and ours.status == 200)
        ),
    ),
    Difference(
        "entities",
        "each sub-word by itself (`aggregation_strategy` is `none`)",
        "whole words and groups (`simple`)",
        "it is what people want of a tagger; ask for `none` to have the other",
        lambda request, theirs, ours: (
            theirs.status == ours.status == 200 and b"entity_group" in ours.body
        ),
    ),
)
"""What Traindrop's own mode does otherwise."""
