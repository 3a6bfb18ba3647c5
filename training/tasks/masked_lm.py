"""Fill-mask: an encoder goes on reading a domain's texts with some of the words hidden."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.log import say
from training.tasks.base import Baseline, Collator, Features, Metrics, Predictions, Recipe

IGNORED = -100
MASKED_SHARE, RANDOM_SHARE = 0.8, 0.1
"""Of the chosen tokens, 80 % become the mask, 10 % any token, the rest stay: as BERT was trained."""


def recipe(task: Task) -> Recipe:
    return MaskedLanguageModel(task)


class MaskedLanguageModel(Recipe):
    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForMaskedLM  # noqa: PLC0415

        model, report = AutoModelForMaskedLM.from_pretrained(source, dtype=torch.float32, output_loading_info=True)
        if report["missing_keys"]:
            say(f"The base model has no head for masked words: {len(report['missing_keys'])} weights start at random")
        return model

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """Long texts in pieces of `max_length`."""
        encoded = tokenizer(
            [row["text"] for row in rows],
            truncation=True,
            max_length=arguments.max_length,
            return_overflowing_tokens=tokenizer.is_fast,
            return_attention_mask=False,
        )
        return [{"input_ids": np.array(ids, dtype=np.int32)} for ids in encoded["input_ids"]]

    def collator(self, tokenizer: Any, multiple: int | None, arguments: Arguments) -> Collator:
        return Masking(tokenizer, multiple, arguments.mlm_probability)

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Per row: loss and hits on the same hidden words every time; what stands first for the row's request."""
        import torch  # noqa: PLC0415

        from inference.predictors.masked_lm import MaskFiller  # noqa: PLC0415
        from inference.predictors.tokens import Text  # noqa: PLC0415

        filler = MaskFiller(model, tokenizer)
        found: list[dict[str, Any]] = []
        special = set(tokenizer.all_special_ids)
        with torch.inference_mode():
            for number, row in enumerate(rows):
                ids = tokenizer(row["text"], truncation=True, max_length=arguments.max_length)["input_ids"]
                places = [at for at, token in enumerate(ids) if token not in special]
                count = min(len(places), max(1, round(len(places) * arguments.mlm_probability)))
                chosen = sorted(random.Random(number).sample(places, count))
                hidden = [tokenizer.mask_token_id if at in set(chosen) else token for at, token in enumerate(ids)]
                logits = model(input_ids=torch.tensor([hidden], device=model.device)).logits[0][chosen].float()
                gold = torch.tensor([ids[at] for at in chosen], device=logits.device)
                loss = torch.nn.functional.cross_entropy(logits, gold, reduction="sum") if chosen else logits.sum()
                right = int((logits.argmax(dim=-1) == gold).sum())
                found.append({"loss": float(loss), "tokens": len(chosen), "right": right})
        asked = [Text(str(self.request(row)["inputs"]).replace("<mask>", tokenizer.mask_token)) for row in rows[:16]]
        for prediction, output in zip(found, filler.predict(asked), strict=False):
            scores = output.masks[0][1] if output.masks else np.zeros(1)
            prediction["best"] = {"token": int(scores.argmax()), "score": float(scores.max())}
        return found

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        """Over the hidden words; the gate's metric is the share that was guessed first."""
        tokens = max(1, sum(prediction["tokens"] for prediction in predictions))
        loss = sum(prediction["loss"] for prediction in predictions) / tokens
        return {
            "top_1": sum(prediction["right"] for prediction in predictions) / tokens,
            "pseudo_perplexity": math.exp(min(loss, 700)),
            "loss": loss,
        }

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The most frequent word, over words."""
        counts = Counter(word for row in train for word in row["text"].split())
        words = [word for row in test for word in row["text"].split()]
        total, kinds = counts.total(), len(counts) + 1
        loss = -float(np.mean([math.log((counts[word] + 1) / (total + kinds)) for word in words]))
        usual, _ = counts.most_common(1)[0]
        accuracy = sum(word == usual for word in words) / len(words)
        metrics = {"top_1": accuracy, "pseudo_perplexity": math.exp(min(loss, 700)), "loss": loss}
        return Baseline(f"always {usual!r} (over words)", metrics)

    def request(self, row: Row) -> dict[str, Any]:
        """The row with a word in its first half hidden."""
        words = row["text"].split()[:32]
        words[len(words) // 2] = "<mask>"
        return {"inputs": " ".join(words), "parameters": {"top_k": 1}}

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        said, best = response[0], prediction["best"]
        if abs(said["score"] - best["score"]) <= tolerance:
            return None
        return f"token {said['token']} at {said['score']:.4f} instead of {best['token']} at {best['score']:.4f}"


class Masking:
    """Pads a batch and hides some of its tokens, other ones each time; the device's random numbers decide."""

    def __init__(self, tokenizer: Any, multiple: int | None, probability: float) -> None:
        from training.batching import Padding  # noqa: PLC0415

        self._pad = Padding(tokenizer, multiple)
        self._tokenizer = tokenizer
        self._probability = probability

    def __call__(self, examples: Sequence[Any]) -> dict[str, Any]:
        import torch  # noqa: PLC0415

        batch = self._pad(examples)
        ids = batch["input_ids"]
        special = torch.isin(ids, torch.tensor(self._tokenizer.all_special_ids))
        chosen = (torch.rand(ids.shape) < self._probability) & ~special
        fate = torch.rand(ids.shape)
        hidden = ids.clone()
        hidden[chosen & (fate < MASKED_SHARE)] = self._tokenizer.mask_token_id
        swapped = chosen & (fate >= MASKED_SHARE) & (fate < MASKED_SHARE + RANDOM_SHARE)
        hidden[swapped] = torch.randint(len(self._tokenizer), (int(swapped.sum()),))
        return batch | {"input_ids": hidden, "labels": ids.masked_fill(~chosen, IGNORED)}
