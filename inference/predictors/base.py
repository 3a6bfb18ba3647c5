"""What every predictor is: a task's model that answers many requests in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..errors import InvalidRequestError


@dataclass(frozen=True)
class Request:
    """One validated request: its items go through the model, its parameters shape the answer."""

    items: Sequence[Any]
    single: bool
    """Whether `inputs` was one item rather than a list."""
    parameters: Mapping[str, Any] = field(default_factory=dict)


BARE = frozenset({"text", "question", "source_sentence"})
"""Fields of an input that is taken as `inputs` where it is the whole body."""


class Output(Protocol):
    """What the model said of one item."""

    @property
    def truncated(self) -> bool: ...


class Predictor(Protocol):
    """`predict` may be given the items of many requests at once; `parse` and `answer` see one request."""

    task: str

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request: ...

    def predict(self, items: Sequence[Any]) -> Sequence[Output]: ...

    def answer(self, request: Request, outputs: Sequence[Any]) -> Any: ...

    def __call__(self, inputs: Any, **parameters: Any) -> Any: ...


class Loader(Protocol):
    """Builds a predictor from a model folder; raises `ArchiveError`."""

    def __call__(self, model_dir: Path) -> Predictor: ...


def split_request(data: Any) -> tuple[Any, dict[str, Any]]:
    """`inputs` and `parameters` of a decoded body; a bare object or array of inputs is taken as `inputs`."""
    if hasattr(data, "tolist"):
        return data.tolist(), {}
    if not isinstance(data, dict):
        raise InvalidRequestError(
            f'expected an object with the field inputs; found {describe(data)}. Send {{"inputs": …}}.'
        )
    if "inputs" not in data:
        if BARE & data.keys():
            return data, {}
        found = f"only {', '.join(map(repr, data))}" if data else "an empty object"
        raise InvalidRequestError(f'inputs: expected the field inputs; found {found}. Send {{"inputs": …}}.')
    if unknown := sorted(set(data) - {"inputs", "parameters"}):
        raise InvalidRequestError(
            f"{unknown[0]}: expected only the fields inputs and parameters; found {unknown[0]!r}. Remove it."
        )
    parameters = data.get("parameters")
    if not isinstance(parameters, dict | None):
        raise InvalidRequestError(
            f"parameters: expected an object; found {describe(parameters)}. Send {{}} or nothing."
        )
    return data["inputs"], parameters or {}


def describe(value: Any) -> str:
    """A value in words a caller understands, short whatever its size."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "…")
    if isinstance(value, int | float):
        return f"the number {value}"
    names: dict[type, str] = {dict: "an object", list: "a list"}
    return names.get(type(value), f"a {type(value).__name__}")
