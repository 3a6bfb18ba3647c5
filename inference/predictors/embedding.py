"""Feature extraction: a vector a text, the vectors of its tokens, or how like a text is to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidRequestError
from .base import Request, describe
from .batches import per_token, settings_of
from .checks import flag, known_only, one_of, one_or_many, text_of
from .models import load_encoder
from .scores import sound
from .tokens import Text, Tokens, token_limit

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]

PARAMETERS = ("pooling", "normalize")
POOLINGS = ("mean", "cls", "none")


@dataclass(frozen=True)
class Embedded:
    """The vectors of a text's tokens, special ones included as the pipeline gives them: (tokens, dimensions)."""

    tokens: Array
    truncated: bool


def load(model_dir: Path) -> Embedder:
    return Embedder(*load_encoder(model_dir, "AutoModel", "embedding"))


class Embedder:
    """Calling it answers one request; `predict` takes the texts of many.

    A model that Traindrop fine-tuned answers with one normalised vector a text; any other, as the pipeline does, with
    the vectors of the tokens.
    """

    task = "feature-extraction"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._tokens = Tokens(tokenizer, token_limit(tokenizer, model))
        self._pooling = str(settings_of(model, self.task).get("pooling", "none"))

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        known_only(parameters, PARAMETERS)
        pooling = one_of(parameters, "pooling", POOLINGS, self._pooling)
        checked = {"pooling": pooling, "normalize": flag(parameters, "normalize", pooling != "none")}
        if isinstance(inputs, dict):
            return Request(_compared(inputs), True, checked | {"compare": True})
        given, single = one_or_many(inputs)
        return Request([Text(text_of(*each)) for each in given], single, checked)

    def predict(self, items: Sequence[Text]) -> list[Embedded]:
        rows = self._tokens.rows(items)
        found = dict(per_token(self.model, self.tokenizer, rows, ["last_hidden_state"]))
        return [Embedded(found[index][0], row.truncated) for index, row in enumerate(rows)]

    def vector(self, output: Embedded, pooling: str = "mean", normalize: bool = True) -> Array:
        import numpy as np  # noqa: PLC0415

        tokens = sound(output.tokens)
        pooled: Array = tokens[0] if pooling == "cls" else tokens.mean(axis=0)
        return pooled / max(float(np.linalg.norm(pooled)), 1e-12) if normalize else pooled

    def answer(self, request: Request, outputs: Sequence[Embedded]) -> Any:
        pooling, normalize = request.parameters["pooling"], request.parameters["normalize"]
        if request.parameters.get("compare"):
            kind = "mean" if pooling == "none" else pooling
            source, *others = (self.vector(output, kind) for output in outputs)
            return [float(source @ other) for other in others]
        if pooling == "none":
            found = [[sound(output.tokens).tolist()] for output in outputs]
        else:
            found = [self.vector(output, pooling, normalize).tolist() for output in outputs]
        return found[0] if request.single else found


def _compared(inputs: dict[str, Any]) -> list[Text]:
    """The source first, then the sentences it is compared with."""
    unknown = next((key for key in inputs if key not in ("source_sentence", "sentences")), None)
    if unknown is not None:
        raise InvalidRequestError(
            f"inputs.{unknown}: expected only source_sentence and sentences; found {unknown!r}. Remove it."
        )
    sentences = inputs.get("sentences")
    if not isinstance(sentences, list) or not sentences:
        raise InvalidRequestError(
            f"inputs.sentences: expected a list of texts; found {describe(sentences)}. Send at least one."
        )
    source = text_of(inputs.get("source_sentence"), "inputs.source_sentence")
    return [Text(source), *(Text(text_of(each, f"inputs.sentences[{i}]")) for i, each in enumerate(sentences))]
