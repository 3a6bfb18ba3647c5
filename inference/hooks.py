"""The hooks of the hosting contract, as Traindrop's archives define them.

`context` is what the server passes to hooks that take it; these need nothing from it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .environment import Environment
from .model.task_of import task_of
from .predictors import loader_of
from .predictors.base import Predictor, split_request
from .protocols.decoding import Body, decode_any
from .protocols.encoding import encode


def model_fn(model_dir: str | Path, context: Any = None) -> Predictor:
    """The predictor of the folder's task. Raises `ArchiveError`."""
    folder = Path(model_dir)
    return loader_of(task_of(folder, Environment.read().task))(folder)


def input_fn(body: Body, content_type: str | None, context: Any = None) -> Any:
    return decode_any(body, content_type)


def predict_fn(data: Any, model: Any, context: Any = None) -> Any:
    """Calls the model with `inputs` and, as keywords, `parameters`."""
    inputs, parameters = split_request(data)
    return model(inputs, **parameters)


def output_fn(prediction: Any, accept: str | None, context: Any = None) -> bytes:
    return encode(prediction, accept)[0]


DEFAULTS: dict[str, Callable[..., Any]] = {
    "model_fn": model_fn,
    "input_fn": input_fn,
    "predict_fn": predict_fn,
    "output_fn": output_fn,
}
MARK = "traindrop_default"
for _hook in DEFAULTS.values():
    # Survives the copy of this package inside an archive being another module than the server's.
    setattr(_hook, MARK, True)
