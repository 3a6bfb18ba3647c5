"""Fill-mask: an encoder reads more of a domain's texts, with some of their tokens masked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from contracts.evaluation import Mistake
from inference.predictors.batches import per_token
from inference.predictors.masked_lm import Filling, MaskFiller
from inference.predictors.tokens import TokenRow
from tasks import Row, Task
from tasks.hyperparameters import Hyperparameters
from training.common.errors import BaseModelError, DataError
from training.common.examples import Examples
from training.common.log import say
from training.common.types import (
    IGNORED_LABEL,
    Batch,
    Collator,
    Features,
    FloatArray,
    JsonObject,
    Rows,
)
from training.metrics.mistakes import MistakeText, worst
from training.metrics.ngram_baseline import BigramModel
from training.metrics.sums import MetricSums, TokenCounts, language_model_sums
from training.recipes.base import (
    VERIFIED_ROWS,
    BaselineResult,
    GraphInterface,
    Recipe,
    ServedAnswers,
    TaskScorer,
    TaskTrainer,
)

if TYPE_CHECKING:
    from torch import Generator

    from training.common.types import Model, Tensor, Tokenizer

MASK = "<mask>"
"""What serving replaces with the model's own mask token."""
REQUEST_WORDS = 32
MASKED_SHARE, RANDOM_SHARE = 0.8, 0.1
"""Of the chosen tokens: masked, or replaced by any token; the others stay. Devlin et al., BERT (2019), 3.1."""


MaskResponse: TypeAlias = Sequence[Filling]


@dataclass(frozen=True)
class WrongGuess:
    """Of a row's wrong predictions, the most confident one."""

    expected: str
    guess: str
    score: float


@dataclass(frozen=True)
class FilledText(TokenCounts):
    """How well the model predicts the masked tokens of one row."""

    worst: WrongGuess | None = None
    scores: FloatArray | None = None
    """Of shape (vocabulary,): of the mask in the row's request; only of the rows that are verified."""


def recipe(
    task: Task, labels: Sequence[str]
) -> Recipe[FilledText, TokenCounts, MaskResponse]:
    served = MaskedLanguageModelAnswers(task, labels)
    trainer = MaskedLanguageModelTrainer(task, labels, served)
    return Recipe(
        task, labels, trainer, MaskedLanguageModelScorer(task, labels), served
    )


class MaskedLanguageModelAnswers(ServedAnswers[FilledText, TokenCounts, MaskResponse]):
    def request(self, row: Row) -> JsonObject:
        """The row with its first word masked, which is never beyond what the model reads."""
        words = [word for word in row["text"].split()[1:REQUEST_WORDS] if word != MASK]
        return {"inputs": " ".join([MASK, *words]), "parameters": {"top_k": 1}}

    def evaluation_requests(self, rows: Rows) -> None:
        """No response says how likely the masked tokens are."""

    def parse_response(self, response: MaskResponse) -> TokenCounts:
        raise NotImplementedError

    def disagreement(
        self, response: MaskResponse, prediction: FilledText, tolerance: float
    ) -> str | None:
        """Another token is right where its score is the highest within the tolerance."""
        scores = prediction.scores
        assert scores is not None, "only the first rows are verified"
        token, score = response[0]["token"], response[0]["score"]
        best = int(scores.argmax())
        if (
            abs(score - scores[token]) <= tolerance
            and scores[best] - scores[token] <= tolerance
        ):
            return None
        return f"token {token} at {score:.4f} instead of {best} at {scores[best]:.4f}"


class MaskedLanguageModelTrainer(TaskTrainer[FilledText]):
    # With a number for each word of the vocabulary and each token, more rows would take much memory.
    graph = GraphInterface("AutoModelForMaskedLM", ("logits",), trial_rows=8)
    masking: RandomMasking
    """Set by `collator`, used by `loss`."""

    def __init__(
        self, task: Task, labels: Sequence[str], served: MaskedLanguageModelAnswers
    ) -> None:
        super().__init__(task, labels)
        self._served = served

    def load_model(self, source: str) -> Model:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForMaskedLM  # noqa: PLC0415

        model, report = AutoModelForMaskedLM.from_pretrained(
            source, dtype=torch.float32, output_loading_info=True
        )
        if report["missing_keys"]:
            say(
                f"The base model has no head for masked words: {len(report['missing_keys'])} weights start at random"
            )
        return model

    def prepare(
        self, model: Model, tokenizer: Tokenizer, arguments: Hyperparameters
    ) -> None:
        if tokenizer.mask_token is None:
            raise BaseModelError(
                "expected a base model with a mask token; found none in its tokenizer. Choose another base_model."
            )

    def encode(
        self, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> Examples:
        """Long texts in pieces of `max_length`; pieces of special tokens alone are left out."""
        examples = Examples.of_blocks(
            rows, lambda block: _pieces(tokenizer, block, arguments.max_length)
        )
        if not examples:
            raise DataError(
                "expected texts in the base model's alphabet; found none with a token that it knows. "
                "Choose another base_model."
            )
        return examples

    def collator(
        self, tokenizer: Tokenizer, multiple: int | None, arguments: Hyperparameters
    ) -> Collator:
        self.masking = RandomMasking(
            tokenizer.mask_token_id, len(tokenizer), arguments.mlm_probability
        )
        return MaskableTokens(tokenizer, multiple)

    def loss(self, model: Model, batch: Batch) -> Tensor:
        """Other tokens are masked each time in training; in evaluation always the same ones."""
        import torch  # noqa: PLC0415

        ids = batch["input_ids"]
        generator = (
            None if model.training else torch.Generator(ids.device).manual_seed(0)
        )
        masked, labels = self.masking(ids, batch["labels"], generator)
        loss: Tensor = model(**{**batch, "input_ids": masked, "labels": labels}).loss
        return loss

    def predict(
        self, model: Model, tokenizer: Tokenizer, rows: Rows, arguments: Hyperparameters
    ) -> list[FilledText]:
        """The same tokens of a row are masked every time."""
        texts = [row["text"] for row in rows]
        encoded = tokenizer(texts, truncation=True, max_length=arguments.max_length)[
            "input_ids"
        ]
        special = set(tokenizer.all_special_ids)
        masked = []
        for number, ids in enumerate(encoded):
            maskable = [
                index for index, token in enumerate(ids) if token not in special
            ]
            masked.append(
                masked_indexes(maskable, arguments.mlm_probability, seed=number)
            )
        predictions = predict_masked(model, tokenizer, encoded, masked)
        filler = MaskFiller(model, tokenizer)
        requests = [self._served.request(row) for row in rows[:VERIFIED_ROWS]]
        items = [filler.parse(request["inputs"], {}).items[0] for request in requests]
        for number, output in enumerate(filler.predict(items)):
            _, scores = output.masks[0]
            predictions[number] = replace(predictions[number], scores=scores)
        return predictions


class MaskedLanguageModelScorer(TaskScorer[FilledText, TokenCounts]):
    def answers(self, predictions: Sequence[FilledText]) -> Sequence[TokenCounts]:
        return predictions

    def sums(self, answers: Sequence[TokenCounts], rows: Rows) -> MetricSums:
        """Over the masked tokens; the gate's metric is the share of which the right one was the most likely."""
        return _sums(answers)

    def mistakes(self, predictions: Sequence[FilledText], rows: Rows) -> list[Mistake]:
        """The most confident wrong guesses at masked tokens, one a text."""
        guesses = [prediction.worst for prediction in predictions]

        def describe(row: int) -> MistakeText:
            guess = guesses[row]
            assert guess is not None, "a row without one has no badness"
            return MistakeText(rows[row]["text"], guess.expected, guess.guess)

        badness = []
        for guess in guesses:
            badness.append(guess.score if guess else 0.0)
        return worst(badness, describe)

    def trivial_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        """The most frequent word, over words."""
        words = _words(train)
        counts = [words.by_frequency(row["text"]) for row in test]
        return BaselineResult(
            f"always {words.most_frequent!r} (over words)", _sums(counts)
        )

    def reference_baseline(self, train: Rows, test: Rows) -> BaselineResult:
        words = _words(train)
        counts = [words.by_neighbours(row["text"]) for row in test]
        return BaselineResult(
            "the most frequent word between its neighbours (over words)", _sums(counts)
        )


def _pieces(tokenizer: Tokenizer, rows: Rows, max_length: int) -> Iterator[Features]:
    encoded = tokenizer(
        [row["text"] for row in rows],
        truncation=True,
        max_length=max_length,
        return_overflowing_tokens=tokenizer.is_fast,
        return_attention_mask=False,
    )
    special = tokenizer.all_special_ids
    for tokens in encoded["input_ids"]:
        ids = np.array(tokens, dtype=np.int32)
        if not np.isin(ids, special).all():
            yield {"input_ids": ids}


def _sums(counts: Sequence[TokenCounts]) -> MetricSums:
    return language_model_sums(counts, "top_1", "pseudo_perplexity")


def _words(rows: Rows) -> BigramModel:
    return BigramModel([row["text"] for row in rows])


def masked_indexes(maskable: Sequence[int], share: float, *, seed: int) -> list[int]:
    """The share of the maskable tokens' indexes that is masked, at least one; the same ones for a seed."""
    count = min(len(maskable), max(1, round(len(maskable) * share)))
    return sorted(random.Random(seed).sample(maskable, count))


def predict_masked(
    model: Model,
    tokenizer: Tokenizer,
    encoded: Sequence[Sequence[int]],
    masked: Sequence[Sequence[int]],
) -> list[FilledText]:
    """How well the model predicts each row's masked tokens; `masked` holds their indexes in the `encoded` rows."""
    rows = []
    for ids, indexes in zip(encoded, masked, strict=True):
        visible = list(ids)
        for index in indexes:
            visible[index] = tokenizer.mask_token_id
        columns = {"input_ids": visible}
        # A text by itself is one segment; an exported graph needs its number.
        if "token_type_ids" in tokenizer.model_input_names:
            columns["token_type_ids"] = [0] * len(visible)
        rows.append(TokenRow(columns, False))
    predictions: dict[int, FilledText] = {}
    for number, (logits,) in per_token(model, tokenizer, rows, ["logits"], masked):
        expected = [encoded[number][index] for index in masked[number]]
        predictions[number] = _filled_text(logits, expected, tokenizer)
    return [predictions[number] for number in range(len(encoded))]


def _filled_text(
    logits: FloatArray, expected: Sequence[int], tokenizer: Tokenizer
) -> FilledText:
    """Of one row; `logits` are of shape (masked tokens, vocabulary)."""
    import torch  # noqa: PLC0415

    guesses, labels = torch.from_numpy(logits), torch.tensor(expected, dtype=torch.long)
    loss = torch.nn.functional.cross_entropy(guesses, labels, reduction="sum")
    correct = guesses.argmax(dim=-1) == labels
    worst_guess = None
    if not correct.all():
        worst_guess = _most_confident(
            guesses[~correct].softmax(dim=-1), labels[~correct], tokenizer
        )
    return FilledText(float(loss), len(labels), int(correct.sum()), worst_guess)


def _most_confident(
    probabilities: Tensor, labels: Tensor, tokenizer: Tokenizer
) -> WrongGuess:
    """Of wrong guesses; `probabilities` are of shape (guesses, vocabulary), `labels` of shape (guesses,)."""
    scores, guesses = probabilities.max(dim=-1)
    best = int(scores.argmax())
    expected = tokenizer.decode([int(labels[best])]).strip()
    guess = tokenizer.decode([int(guesses[best])]).strip()
    return WrongGuess(expected, guess, float(scores[best]))


class MaskableTokens:
    """Pads a batch; its labels are the tokens that may be masked: all but the special ones."""

    def __init__(self, tokenizer: Tokenizer, multiple: int | None) -> None:
        from training.recipes.padding import Padding  # noqa: PLC0415

        self._pad = Padding(tokenizer, multiple)
        self._special = tokenizer.all_special_ids

    def __call__(self, examples: Sequence[Features]) -> Batch:
        import torch  # noqa: PLC0415

        batch = self._pad(examples)
        special = torch.isin(batch["input_ids"], torch.tensor(self._special))
        return batch | {
            "labels": batch["input_ids"].masked_fill(special, IGNORED_LABEL)
        }


@dataclass(frozen=True)
class RandomMasking:
    """Masks tokens at random."""

    mask_token_id: int
    vocabulary: int
    probability: float
    """Of each token to be chosen."""

    def __call__(
        self, ids: Tensor, maskable: Tensor, generator: Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Token numbers, some of them masked, and the labels of those: at least one, or there would be no loss.

        All are of shape (rows, tokens); `maskable` has `IGNORED_LABEL` where a token may not be masked.
        """
        import torch  # noqa: PLC0415

        choice = torch.rand(ids.shape, generator=generator, device=ids.device)
        treatment = torch.rand(ids.shape, generator=generator, device=ids.device)
        possible = maskable != IGNORED_LABEL
        choice = choice.masked_fill(~possible, 2.0)
        chosen = possible & ((choice < self.probability) | (choice == choice.min()))
        others = torch.randint(
            self.vocabulary, ids.shape, generator=generator, device=ids.device
        )
        masked = torch.where(
            chosen & (treatment < MASKED_SHARE), self.mask_token_id, ids
        )
        replaced = (
            chosen
            & (treatment >= MASKED_SHARE)
            & (treatment < MASKED_SHARE + RANDOM_SHARE)
        )
        return torch.where(replaced, others, masked), maskable.masked_fill(
            ~chosen, IGNORED_LABEL
        )
