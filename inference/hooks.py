"""The hooks of the hosting contract, as Traindrop's archives define them.

Users' scripts import them as `traindrop.hooks`. `context` is what the server passes to hooks that take it; these need
nothing from it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .environment import Environment
from .model.task_of import task_of
from .predictors import loader_of
from .predictors.base import AnyPredictor
from .protocols.decoding import Body, decode_any
from .protocols.encoding import encode
from .protocols.traindrop import predict
from .protocols.user_code import DEFAULT_HOOK_MARK


def model_fn(model_dir: str | Path, context: object = None) -> AnyPredictor:
    """The predictor of the folder's task. Raises `ArchiveError`."""
    folder = Path(model_dir)
    return loader_of(task_of(folder, Environment.read().task))(folder)


def input_fn(body: Body, content_type: str | None, context: object = None) -> object:
    """The decoded body. Raises `UnsupportedMediaTypeError` or `MalformedBodyError`."""
    return decode_any(body, content_type)


def predict_fn(data: object, model: Any, context: object = None) -> object:
    """Calls the model with `inputs` and, as keywords, `parameters`. Raises `InvalidRequestError`."""
    return predict(data, model)


def output_fn(prediction: object, accept: str | None, context: object = None) -> bytes:
    """The body of the reply. Raises `NotAcceptableError` or `ModelError`."""
    return encode(prediction, accept)[0]


DEFAULT_HOOKS: dict[str, Callable[..., object]] = {
    "model_fn": model_fn,
    "input_fn": input_fn,
    "predict_fn": predict_fn,
    "output_fn": output_fn,
}
for _hook in DEFAULT_HOOKS.values():
    # A mark, because an archive's copy of this package is another module than the server's.
    setattr(_hook, DEFAULT_HOOK_MARK, True)
