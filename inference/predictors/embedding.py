"""Feature extraction: a vector a text, the vectors of its tokens, or the similarity of a text to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.feature_extraction import POOLINGS

from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json
from .base import EncoderPredictor, Request
from .batches import per_token, task_settings
from .checks import flag, known_only, one_of, text_of, texts_of
from .interfaces import Model, Tokenizer
from .models import load_encoder
from .scores import require_finite
from .tokens import Text

if TYPE_CHECKING:
    from .interfaces import FloatArray

PARAMETERS = ("pooling", "normalize")
NO_POOLING = "none"
SIMILARITY_FIELDS = ("source_sentence", "sentences")
SMALLEST_NORM = 1e-12
"""Vectors shorter than this are not normalised to length 1."""


@dataclass(frozen=True)
class TokenVectors:
    """The vectors of a text's tokens, special ones included as the pipeline gives them: (tokens, dimensions)."""

    tokens: FloatArray
    truncated: bool


@dataclass(frozen=True)
class Parameters:
    pooling: str
    """One of `POOLINGS`."""
    normalize: bool
    similarity: bool = False
    """Whether the first text is compared with the others."""


def load(model_dir: Path) -> Embedder:
    return Embedder(*load_encoder(model_dir, "AutoModel", "embedding"))


class Embedder(EncoderPredictor[Text, TokenVectors, Parameters]):
    """A model that Traindrop fine-tuned answers with one normalised vector a text; any other, as the pipeline does,
    with the vectors of the tokens.
    """

    task = "feature-extraction"

    def __init__(self, model: Model, tokenizer: Tokenizer) -> None:
        super().__init__(model, tokenizer)
        self._pooling = str(task_settings(model, self.task).get("pooling", NO_POOLING))

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Text, Parameters]:
        known_only(parameters, PARAMETERS)
        pooling = one_of(parameters, "pooling", POOLINGS, self._pooling)
        normalize = flag(parameters, "normalize", pooling != NO_POOLING)
        if isinstance(inputs, dict):
            checked = Parameters(pooling, normalize, similarity=True)
            return Request(_compared_texts(inputs), True, checked)
        texts, single = texts_of(inputs)
        items = [Text(text) for text in texts]
        return Request(items, single, Parameters(pooling, normalize))

    def predict(self, items: Sequence[Text]) -> list[TokenVectors]:
        rows = self._tokens.rows(items)
        states = dict(
            per_token(self.model, self.tokenizer, rows, ["last_hidden_state"])
        )
        outputs: list[TokenVectors] = []
        for index, row in enumerate(rows):
            (vectors,) = states[index]
            outputs.append(TokenVectors(vectors, row.truncated))
        return outputs

    def vector(
        self, output: TokenVectors, pooling: str = "mean", normalize: bool = True
    ) -> FloatArray:
        """The text's vector, of shape (dimensions,). Raises `ModelError` where it is not finite."""
        import numpy as np  # noqa: PLC0415

        tokens = require_finite(output.tokens)
        pooled: FloatArray = tokens.mean(axis=0)
        if pooling == "cls":
            pooled = tokens[0]
        if not normalize:
            return pooled
        norm = float(np.linalg.norm(pooled))
        return pooled / max(norm, SMALLEST_NORM)

    def answer(
        self, request: Request[Text, Parameters], outputs: Sequence[TokenVectors]
    ) -> object:
        """Similarities, a vector or a list of vectors; without pooling, in a list of one the vectors of the tokens."""
        parameters = request.parameters
        if parameters.similarity:
            return self._similarities(outputs, parameters.pooling)
        answers = [self._answer(output, parameters) for output in outputs]
        return answers[0] if request.single else answers

    def _similarities(
        self, outputs: Sequence[TokenVectors], pooling: str
    ) -> list[float]:
        """The cosine of the first text's vector with each of the others; of means where there is no pooling."""
        if pooling == NO_POOLING:
            pooling = "mean"
        source, *others = (self.vector(output, pooling) for output in outputs)
        return [float(source @ other) for other in others]

    def _answer(self, output: TokenVectors, parameters: Parameters) -> object:
        if parameters.pooling == NO_POOLING:
            return [require_finite(output.tokens).tolist()]
        return self.vector(output, parameters.pooling, parameters.normalize).tolist()


def _compared_texts(inputs: dict[str, Json]) -> list[Text]:
    """The source first, then the sentences it is compared with. Raises `InvalidRequestError`."""
    for key in inputs:
        if key not in SIMILARITY_FIELDS:
            raise InvalidRequestError(
                f"inputs.{key}: expected only source_sentence and sentences; found {key!r}. Remove it."
            )
    sentences = inputs.get("sentences")
    if not isinstance(sentences, list) or not sentences:
        raise InvalidRequestError(
            f"inputs.sentences: expected a list of texts; found {describe(sentences)}. Send at least one."
        )
    texts = [Text(text_of(inputs.get("source_sentence"), "inputs.source_sentence"))]
    for index, sentence in enumerate(sentences):
        text = text_of(sentence, f"inputs.sentences[{index}]")
        texts.append(Text(text))
    return texts
