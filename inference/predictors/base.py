"""What every predictor is: a task's model that answers many requests as one batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

from ..protocols.errors import ArchiveError
from ..protocols.messages import Json
from .interfaces import Model, Tokenizer
from .tokens import Tokens, token_limit


class Output(Protocol):
    """What the model says of one item."""

    @property
    def truncated(self) -> bool:
        """Whether the item was longer than the model reads."""


FIELDS = ("question", "context", "text", "text_pair")
"""Keywords of pipelines that are fields of one input."""
WITHOUT_EFFECT = ("batch_size", "num_workers", "padding")
"""Keywords of pipelines that change how fast is answered, not what."""
SHOWN_LABELS = 5
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

    task = ""
    """Of the class too, because `__getattr__` reads it also while an instance is copied and has no attributes yet."""
    writes = False
    """Whether its outputs are texts that grow token by token."""

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

    def answer_request(self, inputs: Json, parameters: Mapping[str, Json]) -> Any:
        """The answer to one request. Raises `InvalidRequestError` or `ModelError`."""
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def __call__(self, inputs: Any = None, **keywords: Any) -> Any:
        """As hooks call a pipeline of transformers, with its keywords; `inputs` may be any iterable."""
        named = [name for name in FIELDS if name in keywords]
        if inputs is None and named:
            inputs = {name: keywords.pop(name) for name in named}
        if keywords.get("truncation") is True:
            # Longer texts are always cut.
            del keywords["truncation"]
        for name in WITHOUT_EFFECT:
            keywords.pop(name, None)
        return self.answer_request(_plain(inputs), keywords)

    @property
    def device(self) -> object:
        """Where the model is; None for a graph of ONNX Runtime."""
        return getattr(getattr(self, "model", None), "device", None)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """For what is missing: hooks may take this for a pipeline of transformers."""
            raise AttributeError(
                f"expected what Traindrop's {type(self).__name__} has (calls, model, tokenizer, device, task); "
                f"found {name!r}. Build a pipeline in model_fn: transformers.pipeline({self.task!r}, model_dir)."
            )


def _plain(inputs: Any) -> Json:
    """Inputs of a hook as JSON has them: arrays, generators and tuples as lists."""
    if hasattr(inputs, "tolist"):
        return cast(Json, inputs.tolist())
    if isinstance(inputs, Iterable) and not isinstance(inputs, str | bytes | dict):
        return list(inputs)
    return cast(Json, inputs)


class EncoderPredictor(Predictor[ItemT, OutputT, ParametersT]):
    """A predictor whose model reads texts in one pass, cut at what it can read."""

    def __init__(
        self, model: Model, tokenizer: Tokenizer, max_tokens: int | None = None
    ) -> None:
        """Texts are cut at `max_tokens` where that is less than the model can read."""
        self.model = model
        self.tokenizer = tokenizer
        limits = (token_limit(tokenizer, model), max_tokens)
        self._max_tokens = min((limit for limit in limits if limit), default=None)
        self._tokens = Tokens(tokenizer, self._max_tokens)

    def __call__(self, inputs: Any = None, **keywords: Any) -> Any:
        """Texts are cut at `max_length` tokens, if hooks say so."""
        max_length = keywords.pop("max_length", None)
        if max_length is None:
            return super().__call__(inputs, **keywords)
        shorter = copy(self)
        limit = min(max_length, self._max_tokens or max_length)
        shorter._tokens = Tokens(self.tokenizer, limit)
        return shorter(inputs, **keywords)


AnyPredictor: TypeAlias = Predictor[Any, Any, Any]
AnyRequest: TypeAlias = Request[Any, Any]


class Loader(Protocol):
    """Builds a predictor from a model folder; raises `ArchiveError`."""

    def __call__(self, model_dir: Path) -> AnyPredictor: ...


def labels_of(model: Model) -> list[str]:
    """The model's class names, in the order of its outputs. Raises `ArchiveError`."""
    config = model.config
    numbers = sorted(config.id2label)
    if numbers != list(range(config.num_labels)):
        shown = ", ".join(map(str, numbers[:SHOWN_LABELS]))
        raise ArchiveError(
            f"expected id2label in config.json to name the outputs 0 to {config.num_labels - 1}; "
            f"found {shown}. Number them from 0."
        )
    return [str(config.id2label[number]) for number in numbers]
