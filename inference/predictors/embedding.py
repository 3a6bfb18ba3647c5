"""Feature extraction: a vector a text, the vectors of its tokens, or the similarity of a text to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tasks.feature_extraction import POOLINGS

from ..model.sentence_modules import SentenceModules
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
    model, tokenizer = load_encoder(model_dir, "AutoModel", "embedding")
    return Embedder(model, tokenizer, SentenceModules.read(model_dir))


class Embedder(EncoderPredictor[Text, TokenVectors, Parameters]):
    """A model that Traindrop fine-tuned answers with one normalised vector a text; any other, as the pipeline does,
    with the vectors of the tokens.

    One of sentence-transformers compares texts, and cuts them, as its own files say.
    """

    task = "feature-extraction"

    def __init__(
        self,
        model: Model,
        tokenizer: Tokenizer,
        modules: SentenceModules | None = None,
    ) -> None:
        self._modules = modules or SentenceModules()
        super().__init__(model, tokenizer, self._modules.max_tokens)
        self._pooling = str(task_settings(model, self.task).get("pooling", NO_POOLING))

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Text, Parameters]:
        known_only(parameters, PARAMETERS)
        pooling = one_of(parameters, "pooling", POOLINGS, self._pooling)
        normalize = flag(parameters, "normalize", pooling != NO_POOLING)
        if isinstance(inputs, dict):
            compared = self._comparing_pooling(pooling)
            checked = Parameters(compared, normalize, similarity=True)
            texts = _compared_texts(inputs)
            items = [Text(self._modules.prepared(text)) for text in texts]
            return Request(items, True, checked)
        texts, single = texts_of(inputs)
        if pooling != NO_POOLING:
            texts = [self._modules.prepared(text) for text in texts]
        items = [Text(text) for text in texts]
        return Request(items, single, Parameters(pooling, normalize))

    def _comparing_pooling(self, pooling: str) -> str:
        """Raises `InvalidRequestError` for a model whose own way is another than pooling and normalising."""
        if pooling != NO_POOLING:
            return pooling
        if self._modules.unread:
            raise InvalidRequestError(
                "inputs: expected texts, for this model compares by modules that are not applied here "
                f"({', '.join(self._modules.unread)}); found source_sentence. Set parameters.pooling, or serve it "
                "with a code/inference.py of your own."
            )
        return self._modules.pooling or "mean"

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
        pooled = pooled_tokens(tokens, pooling)
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
            source, *others = (
                self.vector(output, parameters.pooling) for output in outputs
            )
            return [float(source @ other) for other in others]
        answers = [self._answer(output, parameters) for output in outputs]
        return answers[0] if request.single else answers

    def _answer(self, output: TokenVectors, parameters: Parameters) -> object:
        if parameters.pooling == NO_POOLING:
            return [require_finite(output.tokens).tolist()]
        return self.vector(output, parameters.pooling, parameters.normalize).tolist()


def pooled_tokens(tokens: FloatArray, pooling: str) -> FloatArray:
    """From vectors of shape (tokens, dimensions) one of shape (dimensions,); `pooling` is one of `POOLING_MODES`."""
    import numpy as np  # noqa: PLC0415

    if pooling == "cls":
        return cast("FloatArray", tokens[0])
    if pooling == "lasttoken":
        return cast("FloatArray", tokens[-1])
    if pooling == "max":
        return cast("FloatArray", tokens.max(axis=0))
    weights = np.ones(len(tokens), dtype=np.float32)
    if pooling == "weightedmean":
        weights = np.arange(1, len(tokens) + 1, dtype=np.float32)
    mean = cast("FloatArray", np.average(tokens, axis=0, weights=weights))
    return mean * len(tokens) ** 0.5 if pooling == "mean_sqrt_len_tokens" else mean


def _compared_texts(inputs: dict[str, Json]) -> list[str]:
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
    texts = [text_of(inputs.get("source_sentence"), "inputs.source_sentence")]
    for index, sentence in enumerate(sentences):
        texts.append(text_of(sentence, f"inputs.sentences[{index}]"))
    return texts
