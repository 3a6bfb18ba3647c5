"""Text generation: a causal language model that goes on with texts, completes prompts or answers in chats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.metrics.bootstrap import Tally
from training.metrics.mistakes import worst
from training.metrics.ngram_baseline import Words
from training.metrics.sums import foreseen_tally
from training.metrics.ties import begun, text_differs
from training.recipes.base import Baseline, Collator, Features, Mistake, Predictions, Recipe
from training.recipes.chats import TEMPLATE, end_of_turn, parts_of

IGNORED = -100
VERIFIED_TOKENS = 16
VERIFIED_ROWS = 16


def recipe(task: Task) -> Recipe:
    return CausalLanguageModel(task)


class CausalLanguageModel(Recipe):
    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForCausalLM  # noqa: PLC0415

        return AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        if self.task.variant == "chat":
            tokenizer.chat_template = tokenizer.chat_template or TEMPLATE
            _stop_after_turns(model.generation_config, end_of_turn(tokenizer), tokenizer.eos_token_id)
        return super().prepare(model, tokenizer, arguments)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """Examples with a loss on what is to be learnt; plain texts are laid end to end unless `packing` is off."""
        examples = [self._example(tokenizer, row, arguments) for row in rows]
        if not self.task.variant and arguments.packing:
            examples = [{name: np.concatenate([each[name] for each in examples]) for name in examples[0]}]
        return [part for example in examples for part in self._fitted(example, arguments.max_length)]

    def _example(self, tokenizer: Any, row: Row, arguments: Arguments) -> Features:
        ends = [tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else []
        if "text" in row:
            ids = tokenizer(row["text"], verbose=False)["input_ids"]
            return _features([(ids if ids[-1:] == ends else ids + ends, True)])
        if "messages" in row:
            parts = parts_of(tokenizer, row["messages"])
            return _features([(tokenizer(part, add_special_tokens=False)["input_ids"], on) for part, on in parts])
        prompt, completion = _prompt_and_completion(tokenizer, row)
        return _features([(prompt, arguments.loss_on == "all"), (completion + ends, True)])

    def _fitted(self, example: Features, length: int) -> list[Features]:
        """A plain text in pieces, none of it lost; of an answer the last tokens, for it stands at the end."""
        if self.task.variant:
            return [{name: values[-length:] for name, values in example.items()}]
        starts = range(0, len(example["input_ids"]), length)
        pieces = [{name: values[at : at + length] for name, values in example.items()} for at in starts]
        # Of a piece of one token nothing can be foreseen.
        return [piece for piece in pieces if len(piece["input_ids"]) > 1]

    def collator(self, tokenizer: Any, multiple: int | None, arguments: Arguments) -> Collator:
        """Padded on the right, where no token sees it and none is moved by it."""
        from training.fine_tuning.batching import Padding  # noqa: PLC0415

        return Padding(tokenizer, multiple, side="right")

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Per row: the loss summed over the tokens that count, how many, how many were foreseen; a beginning."""
        from inference.predictors.causal_lm import Generator  # noqa: PLC0415

        found: list[dict[str, Any]] = [{"loss": 0.0, "tokens": 0, "right": 0} for _ in rows]
        pieces = [
            (number, piece)
            for number, row in enumerate(rows)
            for piece in self._fitted(self._example(tokenizer, row, arguments), arguments.max_length)
        ]
        scores = foreseen(model, [piece for _, piece in pieces], arguments.eval_batch_size)
        for (number, _), score in zip(pieces, scores, strict=True):
            for name, value in score.items():
                found[number][name] += value
        asked = [self.request(row) for row in rows[:VERIFIED_ROWS]]
        for prediction, start in zip(found, begun(Generator(model, tokenizer), asked), strict=False):
            prediction.update(start)
        return found

    def tally(self, answers: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Tally:
        """The gate's metric is the share of tokens foreseen, which grows; perplexity is told beside it."""
        return _tally(answers)

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        pairs = zip(rows[:5], predictions[:5], strict=False)
        return {"samples": [{"request": self.request(row), "generated": each["start"]} for row, each in pairs]}

    def mistakes(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> list[Mistake]:
        """The texts foreseen worst, by the loss of a token."""

        def tell(row: int) -> tuple[str, str, str]:
            said, count = predictions[row].get("start"), predictions[row]
            foreseen = f"{count['right']:,} of {count['tokens']:,} tokens foreseen"
            return _asked(rows[row]), _learnt(rows[row]), f"{said} ({foreseen})" if said else foreseen

        return worst([each["loss"] / max(1, each["tokens"]) for each in predictions], tell)

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The most frequent word, and the perplexity of word frequencies: over words, so only roughly comparable."""
        words = Words(list(map(_learnt, train)))
        counts = [words.always_usual(_learnt(row)) for row in test]
        return Baseline(f"always {words.usual!r} (over words)", _tally(counts))

    def reference_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        words = Words(list(map(_learnt, train)))
        counts = [words.by_word_before(_learnt(row)) for row in test]
        return Baseline("the most frequent word after the one before (over words)", _tally(counts))

    def request(self, row: Row) -> dict[str, Any]:
        prompt = _prompt(row)
        chat = not isinstance(prompt, str)
        inputs = [{"role": role, "content": content} for role, content in prompt] if chat else prompt
        return {"inputs": inputs, "parameters": {"max_new_tokens": VERIFIED_TOKENS, "return_full_text": False}}

    def questions(self, rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        return None

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        return text_differs(response[0]["generated_text"], prediction)

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {"max_target_length": arguments.max_target_length}


def foreseen(model: Any, examples: Sequence[Features], batch: int) -> list[dict[str, float]]:
    """Of each example: the loss summed over its labels, how many there are, how many came first."""
    import torch  # noqa: PLC0415

    from inference.predictors.padding import groups, overhead_on, pad  # noqa: PLC0415

    found: dict[int, dict[str, float]] = {}
    with torch.inference_mode():
        lengths = [len(example["input_ids"]) for example in examples]
        for group in groups(lengths, batch, overhead_on(model.device)):
            ids = pad([examples[index]["input_ids"].tolist() for index in group], 0, False, model.device)
            # The filler stands to the right, where no token that counts sees it.
            for index, logits in zip(group, model(input_ids=ids).logits, strict=True):
                gold = torch.tensor(examples[index]["labels"][1:], device=model.device)
                places = (gold != IGNORED).nonzero().squeeze(1)
                said, gold = logits[places].float(), gold[places]
                loss = torch.nn.functional.cross_entropy(said, gold, reduction="sum")
                right = int((said.argmax(dim=-1) == gold).sum())
                found[index] = {"loss": float(loss), "tokens": len(gold), "right": right}
    return [found[index] for index in range(len(examples))]


def _tally(counts: Predictions) -> Tally:
    return foreseen_tally(counts, "token_accuracy", "perplexity")


def joined(row: Row) -> str:
    """The completion, after a space where the prompt ends without one."""
    apart = row["prompt"][-1:].isspace() or row["completion"][:1].isspace()
    return str(row["completion"]) if apart else f" {row['completion']}"


def _prompt_and_completion(tokenizer: Any, row: Row) -> tuple[list[int], list[int]]:
    """The prompt's tokens as serving reads them, and the rest of those of both texts in one."""
    from inference.predictors.causal_lm import prompt_ids  # noqa: PLC0415

    prompt, whole = (prompt_ids(tokenizer, text) for text in (row["prompt"], row["prompt"] + joined(row)))
    if whole[: len(prompt)] == prompt and len(whole) > len(prompt):
        return prompt, whole[len(prompt) :]
    return prompt, list(tokenizer(joined(row), add_special_tokens=False)["input_ids"])


def _stop_after_turns(config: Any, turn: int | None, end: int | None) -> None:
    """Generation ends with the token that the template ends an answer with, as the model has learnt it."""
    known = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
    stops = list(dict.fromkeys(token for token in (*known, end, turn) if token is not None))
    config.eos_token_id = stops if len(stops) > 1 else next(iter(stops), None)


def _prompt(row: Row) -> Any:
    """What is asked: the beginning of a text, the prompt, or the chat up to its last answer."""
    if "messages" in row:
        return tuple((message["role"], message["content"]) for message in row["messages"][:-1]) or (("user", ""),)
    if "prompt" in row:
        return row["prompt"]
    words = row["text"].split()
    return " ".join(words[: max(1, len(words) // 2)][:32])


def _asked(row: Row) -> str:
    prompt = _prompt(row)
    return prompt if isinstance(prompt, str) else "\n".join(f"{role}: {content}" for role, content in prompt)


def _learnt(row: Row) -> str:
    if "messages" in row:
        return " ".join(message["content"] for message in row["messages"] if message["role"] == "assistant")
    return str(row.get("completion", row.get("text", "")))


def _features(parts: Sequence[tuple[list[int], bool]]) -> Features:
    ids = [token for part, _ in parts for token in part]
    labels = [token if learnt else IGNORED for part, learnt in parts for token in part]
    return {"input_ids": np.array(ids, dtype=np.int32), "labels": np.array(labels, dtype=np.int64)}
