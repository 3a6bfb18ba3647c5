"""The manner of the Hugging Face inference container: sagemaker-huggingface-inference-toolkit on multi-model-server.

Bodies, content types and statuses are those it answers with, for who moves between the two. One thing it does is not
done here: it unpickles whatever a caller sends as `application/x-npy`, which runs code of the caller's choice.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from .media import ANY, CSV, IMAGES, JSON, NPY, SOUNDS, TEXT_TYPES
from .messages import Call, Reply

logger = logging.getLogger(__name__)

CSV_HEADER = (
    "You need to provide the correct CSV with Header columns "
    "to use it with the inference toolkit default handler. : 400"
)
UNSUPPORTED = (
    "Content type {} is not supported by this framework.\n\n"
    "            Please implement input_fn to to deserialize the request data or an output_fn to\n"
    "            serialize the response. For more information, see the SageMaker Python SDK README."
)
DEFAULTS = {"token-classification": {"aggregation_strategy": "none"}}
"""Where Traindrop's tasks have other defaults than the pipelines, the pipelines'."""
NO_CSV = ("zero-shot-classification", "table-question-answering")
# What its JSON library writes as escapes, so that the text may stand in HTML.
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&='\u2028\u2029"}


def spelled(value: Any) -> bytes:
    """JSON as the container's server writes its own."""
    return (json.dumps(value, ensure_ascii=False, indent=2).translate(_ESCAPED) + "\n").encode()


def told(status: int, kind: str, message: str) -> Reply:
    return Reply(status, spelled({"code": status, "type": kind, "message": message}))


def worker_died() -> Reply:
    return told(500, "InternalServerException", "Worker died.")


class UnsupportedFormatError(Exception):
    """In the words of sagemaker-inference."""

    def __init__(self, content_type: str | None) -> None:
        super().__init__(UNSUPPORTED.format(content_type))


class WorkerDiedError(Exception):
    """What ends the container's worker process."""


class UnsupportedOutputError(Exception):
    """A hook's answer that the container's worker cannot send."""


def decode_csv(text: str) -> dict[str, Any]:
    if not any(column in text.splitlines()[0].lower() for column in ("question", "context", "inputs")):
        raise ValueError(CSV_HEADER)
    rows = list(csv.DictReader(io.StringIO(text)))
    return {"inputs": [row["inputs"] for row in rows] if "inputs" in rows[0] else rows}


def decode_npy(body: bytearray) -> Any:
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO(body)
    try:
        return np.load(stream, allow_pickle=False)
    except ValueError as error:
        if "pickled" not in str(error):
            raise
        raise ValueError(f"Failed to interpret file {stream!r} as a pickle") from None


def decode_image(body: bytearray) -> dict[str, Any]:
    from PIL import Image  # noqa: PLC0415

    return {"inputs": Image.open(io.BytesIO(body)).convert("RGB")}


def decode_sound(body: bytearray) -> dict[str, Any]:
    return {"inputs": bytes(body)}


DECODERS: dict[str | None, Callable[..., Any]] = {
    JSON: json.loads,
    CSV: decode_csv,
    NPY: decode_npy,
    **dict.fromkeys(IMAGES, decode_image),
    **dict.fromkeys(SOUNDS, decode_sound),
}


def decode(body: str | bytearray, content_type: str | None) -> Any:
    try:
        return DECODERS[content_type](body)
    except KeyError:
        raise UnsupportedFormatError(content_type) from None


def predict(data: Any, model: Any) -> Any:
    inputs, parameters = split(data)
    return model(inputs, **parameters)


def split(data: Any) -> tuple[Any, dict[str, Any]]:
    """Whatever has no `pop` fails by that."""
    inputs = data.pop("inputs", data)
    parameters = data.pop("parameters", None)
    return inputs, {} if parameters is None else {**parameters}


class _JSONEncoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        if hasattr(o, "tolist"):
            return o.tolist()
        if isinstance(o, datetime.datetime):
            return str(o)
        return _base64_of(o) if hasattr(o, "save") else super().default(o)


def _base64_of(image: Any) -> str:
    import base64  # noqa: PLC0415

    return base64.b64encode(encode_image(image, "image/png")).decode()


def encode_json(prediction: Any, _: str) -> str:
    return json.dumps(prediction, ensure_ascii=False, allow_nan=False, cls=_JSONEncoder, separators=(",", ":"))


def encode_csv(prediction: Any, _: str) -> str:
    rows = prediction if isinstance(prediction, list) else list(prediction)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def encode_npy(prediction: Any, _: str) -> bytes:
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO()
    np.save(stream, prediction)
    return stream.getvalue()


def encode_image(prediction: Any, accept: str) -> bytes:
    stream = io.BytesIO()
    prediction.save(stream, format="PNG" if accept == "image/x-image" else accept.partition("/")[2].upper())
    return stream.getvalue()


ENCODERS: dict[str, Callable[[Any, str], str | bytes]] = {
    JSON: encode_json,
    CSV: encode_csv,
    NPY: encode_npy,
    **dict.fromkeys(IMAGES, encode_image),
}


class StrictManner:
    """Exact content types; the type of the answer is what was accepted; 400 whatever went wrong."""

    notes = False

    def __init__(self, task: str | None = None) -> None:
        self._task = task
        self.defaults: Mapping[str, Callable[..., Any]] = {"input_fn": self._input, "predict_fn": predict}

    def _input(self, body: str | bytearray, content_type: str | None) -> Any:
        if self._task in NO_CSV and content_type == CSV:
            raise ValueError(f"content type {CSV} not support with {self._task}, use different content_type : 400")
        return decode(body, content_type)

    def request(self, call: Call) -> tuple[Any, dict[str, Any]]:
        inputs, parameters = split(self._input(*self.hook_body(call)))
        return inputs, DEFAULTS.get(self._task or "", {}) | parameters

    def answer(self, prediction: Any, call: Call) -> tuple[bytes, str]:
        return self.encode(prediction, self.accept(call))

    def hook_body(self, call: Call) -> tuple[str | bytearray, str | None]:
        body = bytearray(call.body)
        return body.decode() if call.content_type in TEXT_TYPES else body, call.content_type

    def accept(self, call: Call) -> str:
        return JSON if not call.accept or call.accept == ANY else call.accept

    def encode(self, prediction: Any, accept: str) -> tuple[bytes, str]:
        try:
            found = ENCODERS[accept](prediction, accept)
        except KeyError:
            raise UnsupportedFormatError(accept) from None
        return self.as_bytes(found), accept

    def as_bytes(self, answer: Any) -> bytes:
        if isinstance(answer, bytes | bytearray):
            return bytes(answer)
        try:
            return (answer if isinstance(answer, str) else json.dumps(answer, indent=2)).encode()
        except UnicodeEncodeError as error:
            raise WorkerDiedError from error
        except TypeError as error:
            raise UnsupportedOutputError from error

    def failure(self, error: BaseException) -> Reply:
        logger.error("the request failed", exc_info=error)
        if isinstance(error, UnsupportedOutputError):
            return told(503, "InternalServerException", "Unsupported model output data type.")
        if isinstance(error, WorkerDiedError) or not isinstance(error, Exception):
            return worker_died()
        try:
            return told(400, "InternalServerException", str(error))
        except UnicodeEncodeError:
            return worker_died()
