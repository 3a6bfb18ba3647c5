"""The protocol of the Hugging Face inference container: sagemaker-huggingface-inference-toolkit on multi-model-server.

Bodies, content types and statuses are those that it answers with, for who moves between the two. One thing it does is
not done here: it unpickles whatever a caller sends as `application/x-npy`, which runs code of the caller's choice.
"""

from __future__ import annotations

import base64
import csv
import datetime
import io
import json
import logging
from collections.abc import Callable
from typing import Any, cast

from tasks import TASKS

from .base import RequestParts, ServingProtocol
from .decoding import HookBody
from .encoding import image_format
from .media import ANY, CSV, IMAGES, JSON, NPY, SOUNDS, TEXT_TYPES
from .messages import Call, Json, Reply

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
TASKS_WITHOUT_CSV = ("zero-shot-classification", "table-question-answering")
"""The toolkit's own list: none of them is a task of Traindrop."""
_HTML_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&='\u2028\u2029"}
"""What the server's JSON library writes as escapes, so that the text may stand in HTML."""


def container_json(value: Json) -> bytes:
    """JSON as the container's server writes its own."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return (text.translate(_HTML_ESCAPES) + "\n").encode()


def error_reply(status: int, kind: str, message: str) -> Reply:
    """The error body of the container's server."""
    return Reply(
        status, container_json({"code": status, "type": kind, "message": message})
    )


def worker_died_reply() -> Reply:
    return error_reply(500, "InternalServerException", "Worker died.")


class UnsupportedFormatError(Exception):
    """In the words of sagemaker-inference."""

    def __init__(self, content_type: str | None) -> None:
        super().__init__(UNSUPPORTED.format(content_type))


class WorkerDiedError(Exception):
    """What ends the container's worker process."""


class UnsupportedOutputError(Exception):
    """A hook's answer that the container's worker cannot send."""


class ContainerProtocol(ServingProtocol):
    """Exact content types; the type of the answer is what was accepted; 400 whatever went wrong."""

    reports_truncation = False

    def __init__(self, task: str | None = None) -> None:
        self._task = task
        self.default_hooks = {"input_fn": self._decode, "predict_fn": predict}

    def _decode(self, body: HookBody, content_type: str | None) -> object:
        if self._task in TASKS_WITHOUT_CSV and content_type == CSV:
            raise ValueError(
                f"content type {CSV} not support with {self._task}, use different content_type : 400"
            )
        return decode(body, content_type)

    def parse_request(self, call: Call) -> RequestParts:
        inputs, parameters = split_request(self._decode(*self.hook_body(call)))
        task = TASKS.get(self._task or "")
        return inputs, {**(task.pipeline_parameters if task else {}), **parameters}

    def encode_answer(self, prediction: object, call: Call) -> tuple[bytes, str]:
        return self.encode_prediction(prediction, self.hook_accept(call))

    def hook_body(self, call: Call) -> tuple[HookBody, str | None]:
        body = bytearray(call.body)
        return (
            body.decode() if call.content_type in TEXT_TYPES else body,
            call.content_type,
        )

    def hook_accept(self, call: Call) -> str:
        return JSON if not call.accept or call.accept == ANY else call.accept

    def encode_prediction(self, prediction: object, accept: str) -> tuple[bytes, str]:
        try:
            output = ENCODERS[accept](prediction, accept)
        except KeyError:
            raise UnsupportedFormatError(accept) from None
        return self.encode_hook_output(output), accept

    def encode_hook_output(self, output: object) -> bytes:
        if isinstance(output, bytes | bytearray):
            return bytes(output)
        try:
            text = output if isinstance(output, str) else json.dumps(output, indent=2)
            return text.encode()
        except UnicodeEncodeError as error:
            raise WorkerDiedError from error
        except TypeError as error:
            raise UnsupportedOutputError from error

    def error_reply(self, error: BaseException) -> Reply:
        logger.error("the request failed", exc_info=error)
        if isinstance(error, UnsupportedOutputError):
            return error_reply(
                503, "InternalServerException", "Unsupported model output data type."
            )
        if isinstance(error, WorkerDiedError) or not isinstance(error, Exception):
            return worker_died_reply()
        try:
            return error_reply(400, "InternalServerException", str(error))
        except UnicodeEncodeError:
            return worker_died_reply()


def predict(data: object, model: Callable[..., object]) -> object:
    """The toolkit's `predict_fn`."""
    inputs, parameters = split_request(data)
    return model(inputs, **parameters)


def split_request(data: Any) -> RequestParts:
    """`inputs` and `parameters`, as the toolkit takes them: whatever has no `pop` fails by that."""
    inputs = data.pop("inputs", data)
    parameters = data.pop("parameters", None)
    return inputs, {} if parameters is None else {**parameters}


def decode(body: HookBody, content_type: str | None) -> object:
    """Raises `UnsupportedFormatError`, or whatever the toolkit's decoder raises."""
    try:
        return DECODERS[content_type](body)
    except KeyError:
        raise UnsupportedFormatError(content_type) from None


def decode_csv(text: str) -> dict[str, object]:
    header = text.splitlines()[0].lower()
    if not any(column in header for column in ("question", "context", "inputs")):
        raise ValueError(CSV_HEADER)
    rows = list(csv.DictReader(io.StringIO(text)))
    if "inputs" in rows[0]:
        return {"inputs": [row["inputs"] for row in rows]}
    return {"inputs": rows}


def decode_npy(body: bytearray) -> object:
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO(body)
    try:
        return cast("object", np.load(stream, allow_pickle=False))
    except ValueError as error:
        if "pickled" not in str(error):
            raise
        raise ValueError(f"Failed to interpret file {stream!r} as a pickle") from None


def decode_image(body: bytearray) -> dict[str, object]:
    from PIL import Image  # noqa: PLC0415

    return {"inputs": Image.open(io.BytesIO(body)).convert("RGB")}


def decode_sound(body: bytearray) -> dict[str, object]:
    return {"inputs": bytes(body)}


class _JSONEncoder(json.JSONEncoder):
    def default(self, o: object) -> object:
        if hasattr(o, "tolist"):
            return o.tolist()
        if isinstance(o, datetime.datetime):
            return str(o)
        if hasattr(o, "save"):
            return base64.b64encode(encode_image(o, "image/png")).decode()
        return super().default(o)


def encode_json(prediction: object, _: str) -> str:
    return json.dumps(
        prediction,
        ensure_ascii=False,
        allow_nan=False,
        cls=_JSONEncoder,
        separators=(",", ":"),
    )


def encode_csv(prediction: Any, _: str) -> str:
    """A row an input: whatever is no list of objects fails by that."""
    rows = prediction if isinstance(prediction, list) else list(prediction)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def encode_npy(prediction: object, _: str) -> bytes:
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO()
    np.save(stream, cast(Any, prediction))
    return stream.getvalue()


def encode_image(prediction: Any, accept: str) -> bytes:
    """An image of Pillow's: whatever has no `save` fails by that."""
    stream = io.BytesIO()
    prediction.save(stream, format=image_format(accept))
    return stream.getvalue()


DECODERS: dict[str | None, Callable[[Any], object]] = {
    JSON: json.loads,
    CSV: decode_csv,
    NPY: decode_npy,
    **dict.fromkeys(IMAGES, decode_image),
    **dict.fromkeys(SOUNDS, decode_sound),
}
ENCODERS: dict[str, Callable[[Any, str], str | bytes]] = {
    JSON: encode_json,
    CSV: encode_csv,
    NPY: encode_npy,
    **dict.fromkeys(IMAGES, encode_image),
}
