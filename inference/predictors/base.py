"""What every predictor is: a task's model that answers many requests as one batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from ..protocols.messages import Json
from .interfaces import Model, Tokenizer
from .tokens import Tokens, token_limit


class Output(Protocol):
    """What the model says of one item."""

    @property
    def truncated(self) -> bool:
        """Whether the item was longer than the model reads."""


ItemT = TypeVar("ItemT")
OutputT = TypeVar("OutputT", bound=Output)
ParametersT = TypeVar("ParametersT")


@dataclass(frozen=True)
class Request(Generic[ItemT, ParametersT]):
    """One validated request: its items go through the model, its parameters shape the answer."""

    items: Sequence[ItemT]
    single: bool
    """Whether `inputs` was one item rather than a list."""
    parameters: ParametersT


class Predictor(ABC, Generic[ItemT, OutputT, ParametersT]):
    """`predict` may get the items of many requests at once; `parse` and `answer` see one request."""

    task: str

    @abstractmethod
    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[ItemT, ParametersT]:
        """Raises `InvalidRequestError`."""

    @abstractmethod
    def predict(self, items: Sequence[ItemT]) -> Sequence[OutputT]:
        """One output an item, in order. Raises `ModelError`."""

    @abstractmethod
    def answer(
        self, request: Request[ItemT, ParametersT], outputs: Sequence[OutputT]
    ) -> object:
        """The answer to the request, a JSON value, of the outputs of its items."""

    def __call__(self, inputs: Json, **parameters: Json) -> Any:
        """The answer to one request."""
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))


class EncoderPredictor(Predictor[ItemT, OutputT, ParametersT]):
    """A predictor whose model reads texts in one pass, cut at what it can read."""

    def __init__(
        self, model: Model, tokenizer: Tokenizer, max_tokens: int | None = None
    ) -> None:
        """Texts are cut at `max_tokens` where that is less than the model can read."""
        self.model = model
        self.tokenizer = tokenizer
        limits = (token_limit(tokenizer, model), max_tokens)
        most = min((limit for limit in limits if limit), default=None)
        self._tokens = Tokens(tokenizer, most)


AnyPredictor: TypeAlias = Predictor[Any, Any, Any]
AnyRequest: TypeAlias = Request[Any, Any]


class Loader(Protocol):
    """Builds a predictor from a model folder; raises `ArchiveError`."""

    def __call__(self, model_dir: Path) -> AnyPredictor: ...


def labels_of(model: Model) -> list[str]:
    """The model's class names, in the order of its outputs."""
    config = model.config
    return [str(config.id2label[index]) for index in range(config.num_labels)]
