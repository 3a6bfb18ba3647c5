"""What a serving protocol decides: how bodies are read, answers written and errors reported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TypeAlias

from .decoding import HookBody
from .messages import Call, Json, Reply

DefaultHook: TypeAlias = Callable[..., object]
RequestParts: TypeAlias = tuple[Json, dict[str, Json]]
"""`inputs` and `parameters` of a request."""


class ServingProtocol(ABC):
    """Traindrop's own protocol, or the container's. All methods but `error_reply` raise what is wrong with the call."""

    reports_truncation: bool
    """Whether a header of the reply says how many texts were cut."""
    default_hooks: Mapping[str, DefaultHook]
    """`input_fn` and `predict_fn` for a model whose user defines none."""

    @abstractmethod
    def parse_request(self, call: Call) -> RequestParts:
        """For a model without hooks."""

    @abstractmethod
    def encode_answer(self, prediction: object, call: Call) -> tuple[bytes, str]:
        """Body and content type of the reply, for a model without hooks."""

    @abstractmethod
    def hook_body(self, call: Call) -> tuple[HookBody, str | None]:
        """Body and content type that hooks get."""

    @abstractmethod
    def hook_accept(self, call: Call) -> str:
        """The content type that hooks are asked for."""

    @abstractmethod
    def encode_prediction(self, prediction: object, accept: str) -> tuple[bytes, str]:
        """Body and content type of the reply, for hooks without an `output_fn`."""

    @abstractmethod
    def encode_hook_output(self, output: object) -> bytes:
        """The body of the reply, of what an `output_fn` or `transform_fn` returned."""

    @abstractmethod
    def error_reply(self, error: BaseException) -> Reply: ...
