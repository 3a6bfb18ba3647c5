"""Fill-mask: an encoder goes on reading a domain's texts with some of the words hidden."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.errors import BaseModelError, DataError
from training.log import say
from training.metrics.bootstrap import Tally
from training.metrics.mistakes import worst
from training.metrics.ngram_baseline import Words
from training.metrics.sums import foreseen_tally
from training.recipes.base import Baseline, Collator, Features, Mistake, Predictions, Recipe

IGNORED = -100
VERIFIED_ROWS = 16
ASKED_WORDS = 32
MASKED_SHARE, RANDOM_SHARE = 0.8, 0.1
"""Of the chosen tokens, 80 % become the mask, 10 % any token, the rest stay: as BERT was trained."""


def recipe(task: Task) -> Recipe:
    return MaskedLanguageModel(task)


class MaskedLanguageModel(Recipe):
    hiding: Hiding
    """Set by `collator`, used by `loss`."""

    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForMaskedLM  # noqa: PLC0415

        model, report = AutoModelForMaskedLM.from_pretrained(source, dtype=torch.float32, output_loading_info=True)
        if report["missing_keys"]:
            say(f"The base model has no head for masked words: {len(report['missing_keys'])} weights start at random")
        return model

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        if tokenizer.mask_token is None:
            raise BaseModelError(
                "expected a base model with a mask token; found none in its tokenizer. Choose another base_model."
            )
        return super().prepare(model, tokenizer, arguments)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """Long texts in pieces of `max_length`; those that hold nothing to hide are left out."""
        encoded = tokenizer(
            [row["text"] for row in rows],
            truncation=True,
            max_length=arguments.max_length,
            return_overflowing_tokens=tokenizer.is_fast,
            return_attention_mask=False,
        )
        special = tokenizer.all_special_ids
        examples = [{"input_ids": np.array(ids, dtype=np.int32)} for ids in encoded["input_ids"]]
        found = [example for example in examples if not np.isin(example["input_ids"], special).all()]
        if not found:
            raise DataError(
                "expected texts in the base model's alphabet; found none with a token that it knows. "
                "Choose another base_model."
            )
        return found

    def collator(self, tokenizer: Any, multiple: int | None, arguments: Arguments) -> Collator:
        self.hiding = Hiding(tokenizer.mask_token_id, len(tokenizer), arguments.mlm_probability)
        return Candidates(tokenizer, multiple)

    def loss(self, model: Any, batch: dict[str, Any]) -> Any:
        """Other words are hidden each time in training, in evaluation always the same."""
        import torch  # noqa: PLC0415

        ids = batch["input_ids"]
        draw = None if model.training else torch.Generator(ids.device).manual_seed(0)
        hidden, labels = self.hiding(ids, batch["labels"], draw)
        return model(**{**batch, "input_ids": hidden, "labels": labels}).loss

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Per row: loss and hits on the same hidden words every time; what stands first for the row's request."""
        from inference.predictors.masked_lm import MaskFiller  # noqa: PLC0415

        encoded = tokenizer([row["text"] for row in rows], truncation=True, max_length=arguments.max_length)
        special, ids = set(tokenizer.all_special_ids), encoded["input_ids"]
        chosen = [
            hidden_places([at for at, token in enumerate(each) if token not in special], arguments, number)
            for number, each in enumerate(ids)
        ]
        found = guessed(model, tokenizer, ids, chosen)
        filler = MaskFiller(model, tokenizer)
        asked = [filler.parse(self.request(row)["inputs"], {}).items[0] for row in rows[:VERIFIED_ROWS]]
        for prediction, output in zip(found, filler.predict(asked), strict=False):
            prediction["scores"] = output.masks[0][1]
        return found

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        """Over the hidden words; the gate's metric is the share that was guessed first."""
        return _tally(answers)

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The most confident wrong guesses at hidden tokens, one a text."""
        guesses = [each.get("worst") for each in predictions]
        return worst(
            [guess["score"] if guess else 0.0 for guess in guesses],
            lambda row: (rows[row]["text"], *(str(predictions[row]["worst"][name]) for name in ("expected", "found"))),
        )

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The most frequent word, over words."""
        words = _words(train)
        counts = [words.always_usual(row["text"]) for row in test]
        return Baseline(f"always {words.usual!r} (over words)", _tally(counts))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        words = _words(train)
        counts = [words.by_words_around(row["text"]) for row in test]
        return Baseline("the most frequent word between its neighbours (over words)", _tally(counts))

    def request(self, row: Row) -> dict[str, Any]:
        """The row with its first word hidden, which is never beyond what the model reads."""
        words = [word for word in row["text"].split()[1:ASKED_WORDS] if word != "<mask>"]
        return {"inputs": " ".join(["<mask>", *words]), "parameters": {"top_k": 1}}

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        return None

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        """The answer may be another token that is as good within the tolerance."""
        said, scores = response[0], prediction["scores"]
        best = int(scores.argmax())
        expected = scores[said["token"]]
        if abs(said["score"] - expected) <= tolerance and scores[best] - expected <= tolerance:
            return None
        return f"token {said['token']} at {said['score']:.4f} instead of {best} at {scores[best]:.4f}"


def _tally(counts: Predictions) -> Tally:
    return foreseen_tally(counts, "top_1", "pseudo_perplexity")


def _words(rows: Sequence[Row]) -> Words:
    return Words([row["text"] for row in rows])


def hidden_places(places: Sequence[int], arguments: Arguments, number: int) -> list[int]:
    """Of a row's tokens, those that are hidden when it is judged: the same every time."""
    count = min(len(places), max(1, round(len(places) * arguments.mlm_probability)))
    return sorted(random.Random(number).sample(places, count))


def guessed(
    model: Any, tokenizer: Any, ids: Sequence[Sequence[int]], chosen: Sequence[Sequence[int]]
) -> list[dict[str, Any]]:
    """Of each row: the loss summed over its hidden tokens, how many they are, how many came first; of those that did
    not, the most confident guess."""
    from inference.predictors.batches import per_token  # noqa: PLC0415
    from inference.predictors.tokens import TokenRow as Tokens  # noqa: PLC0415

    pairs = zip(ids, map(set, chosen), strict=True)
    hidden = [[tokenizer.mask_token_id if at in hide else t for at, t in enumerate(each)] for each, hide in pairs]
    # One text alone is one segment; a graph wants to be told.
    told = ["token_type_ids"] if "token_type_ids" in tokenizer.model_input_names else []
    rows = [Tokens({"input_ids": each, **{name: [0] * len(each) for name in told}}, False) for each in hidden]
    found = {
        index: _counted(logits, [ids[index][at] for at in chosen[index]], tokenizer)
        for index, (logits,) in per_token(model, tokenizer, rows, ["logits"], chosen)
    }
    return [found[index] for index in range(len(ids))]


def _counted(logits: Any, hidden: Sequence[int], tokenizer: Any) -> dict[str, Any]:
    """Of one row, the logits at its hidden tokens against these."""
    import torch  # noqa: PLC0415

    said, gold = torch.from_numpy(logits), torch.tensor(hidden, dtype=torch.long)
    loss = torch.nn.functional.cross_entropy(said, gold, reduction="sum")
    right = said.argmax(dim=-1) == gold
    found: dict[str, Any] = {"loss": float(loss), "tokens": len(gold), "right": int(right.sum())}
    if len(gold) > found["right"]:
        found["worst"] = _surest(said[~right].softmax(dim=-1), gold[~right], tokenizer)
    return found


def _surest(chances: Any, gold: Any, tokenizer: Any) -> dict[str, Any]:
    """Of wrong guesses the most confident one."""
    scores, said = chances.max(dim=-1)
    at = int(scores.argmax())
    names = {"expected": int(gold[at]), "found": int(said[at])}
    return {**{name: tokenizer.decode([token]).strip() for name, token in names.items()}, "score": float(scores[at])}


class Candidates:
    """Pads a batch; its labels are the tokens that may be hidden: all but the special ones."""

    def __init__(self, tokenizer: Any, multiple: int | None) -> None:
        from training.fine_tuning.batching import Padding  # noqa: PLC0415

        self._pad = Padding(tokenizer, multiple)
        self._special = tokenizer.all_special_ids

    def __call__(self, examples: Sequence[Any]) -> dict[str, Any]:
        import torch  # noqa: PLC0415

        batch = self._pad(examples)
        special = torch.isin(batch["input_ids"], torch.tensor(self._special))
        return batch | {"labels": batch["input_ids"].masked_fill(special, IGNORED)}


@dataclass(frozen=True)
class Hiding:
    mask: int
    vocabulary: int
    probability: float

    def __call__(self, ids: Any, candidates: Any, draw: Any = None) -> tuple[Any, Any]:
        """Token numbers with some hidden, and labels for these alone: at least one, or there would be no loss."""
        import torch  # noqa: PLC0415

        lots, fate = (torch.rand(ids.shape, generator=draw, device=ids.device) for _ in range(2))
        possible = candidates != IGNORED
        lots = lots.masked_fill(~possible, 2.0)
        chosen = possible & ((lots < self.probability) | (lots == lots.min()))
        others = torch.randint(self.vocabulary, ids.shape, generator=draw, device=ids.device)
        hidden = torch.where(chosen & (fate < MASKED_SHARE), self.mask, ids)
        swapped = chosen & (fate >= MASKED_SHARE) & (fate < MASKED_SHARE + RANDOM_SHARE)
        return torch.where(swapped, others, hidden), candidates.masked_fill(~chosen, IGNORED)
