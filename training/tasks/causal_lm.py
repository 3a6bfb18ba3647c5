"""Text generation: a causal language model that goes on with texts, completes prompts or answers in chats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks import Row, Task
from tasks.arguments import Arguments
from training.adapters import merged, with_adapters
from training.tasks.base import Baseline, Collator, Features, Metrics, Predictions, Recipe

IGNORED = -100
VERIFIED_TOKENS = 16
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML, for a tokenizer that has no template of its own."""


def recipe(task: Task) -> Recipe:
    return CausalLanguageModel(task)


class CausalLanguageModel(Recipe):
    def load_model(self, source: str, labels: Sequence[str]) -> Any:
        import torch  # noqa: PLC0415
        from transformers import AutoModelForCausalLM  # noqa: PLC0415

        return AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)

    def prepare(self, model: Any, tokenizer: Any, arguments: Arguments) -> Any:
        if self.task.variant == "chat" and not tokenizer.chat_template:
            tokenizer.chat_template = CHAT_TEMPLATE
        return with_adapters(model, arguments) if arguments.lora else model

    def merged(self, model: Any) -> Any:
        return merged(model)

    def encode(
        self, tokenizer: Any, rows: Sequence[Row], labels: Sequence[str], arguments: Arguments
    ) -> list[Features]:
        """Examples with a loss on what is to be learnt; plain texts are laid end to end unless `packing` is off."""
        examples = [self._example(tokenizer, row, arguments) for row in rows]
        if self.task.variant or not arguments.packing:
            return [_cut(example, arguments.max_length) for example in examples]
        return _packed(examples, arguments.max_length)

    def _example(self, tokenizer: Any, row: Row, arguments: Arguments) -> Features:
        ends = [tokenizer.eos_token_id] if tokenizer.eos_token_id is not None else []
        if "text" in row:
            ids = tokenizer(row["text"])["input_ids"]
            return _features([(ids + ends if ids[-1:] != ends else ids, True)])
        if "messages" in row:
            return _features(_turns(tokenizer, row["messages"]))
        from inference.predictors.causal_lm import prompt_ids  # noqa: PLC0415

        prompt = prompt_ids(tokenizer, row["prompt"])
        completion = tokenizer(joined(row), add_special_tokens=False)["input_ids"]
        return _features([(prompt, arguments.loss_on == "all"), (completion + ends, True)])

    def collator(self, tokenizer: Any, multiple: int | None, arguments: Arguments) -> Collator:
        from training.batching import Padding  # noqa: PLC0415

        return Padding(tokenizer, multiple)

    def predict(self, model: Any, tokenizer: Any, rows: Sequence[Row], arguments: Arguments) -> Predictions:
        """Per row: the loss summed over the tokens that count, how many, how many were foreseen; a beginning."""
        import torch  # noqa: PLC0415

        from inference.predictors.batches import tensors  # noqa: PLC0415
        from inference.predictors.causal_lm import Generator  # noqa: PLC0415
        from inference.predictors.generation import Prompt  # noqa: PLC0415
        from inference.predictors.tokens import Row as Tokens  # noqa: PLC0415

        found: list[dict[str, Any]] = []
        with torch.inference_mode():
            for row in rows:
                example = _cut(self._example(tokenizer, row, arguments), arguments.max_length)
                batch = tensors([Tokens({"input_ids": example["input_ids"].tolist()}, False)], tokenizer, model.device)
                logits = model(**batch).logits[0, :-1].float()
                gold = torch.tensor(example["labels"][1:], device=logits.device)
                counts = gold != IGNORED
                losses = torch.nn.functional.cross_entropy(logits[counts], gold[counts], reduction="sum")
                right = int((logits[counts].argmax(dim=-1) == gold[counts]).sum())
                found.append({"loss": float(losses), "tokens": int(counts.sum()), "right": right})
        generator = Generator(model, tokenizer)
        options = (("max_new_tokens", VERIFIED_TOKENS),)
        begun = generator.predict([Prompt(_prompt(row), options) for row in rows[:16]])
        for prediction, start in zip(found, begun, strict=False):
            prediction["start"] = start.text
        return found

    def measure(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> Metrics:
        """The gate's metric is the share of tokens foreseen, which grows; perplexity is told beside it."""
        tokens = max(1, sum(prediction["tokens"] for prediction in predictions))
        loss = sum(prediction["loss"] for prediction in predictions) / tokens
        return {
            "token_accuracy": sum(prediction["right"] for prediction in predictions) / tokens,
            "perplexity": math.exp(min(loss, 700)),
            "loss": loss,
        }

    def details(self, predictions: Predictions, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
        pairs = zip(rows[:5], predictions[:5], strict=False)
        return {"samples": [{"request": self.request(row), "generated": each["start"]} for row, each in pairs]}

    def trivial_baseline(self, train: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> Baseline:
        """The most frequent word, and the perplexity of word frequencies: over words, so only roughly comparable."""
        counts = Counter(word for row in train for word in _learnt(row).split())
        words = [word for row in test for word in _learnt(row).split()]
        total, kinds = counts.total(), len(counts) + 1
        loss = -float(np.mean([math.log((counts[word] + 1) / (total + kinds)) for word in words])) if words else 0.0
        usual, _ = counts.most_common(1)[0] if counts else ("", 0)
        accuracy = sum(word == usual for word in words) / max(1, len(words))
        metrics = {"token_accuracy": accuracy, "perplexity": math.exp(min(loss, 700)), "loss": loss}
        return Baseline(f"always {usual!r} (over words)", metrics)

    def request(self, row: Row) -> dict[str, Any]:
        prompt = _prompt(row)
        chat = not isinstance(prompt, str)
        inputs = [{"role": role, "content": content} for role, content in prompt] if chat else prompt
        return {"inputs": inputs, "parameters": {"max_new_tokens": VERIFIED_TOKENS, "return_full_text": False}}

    def disagreement(self, response: Any, prediction: Any, labels: Sequence[str], tolerance: float) -> str | None:
        text = response[0]["generated_text"]
        return None if text == prediction["start"] else f"{text!r} instead of {prediction['start']!r}"

    def settings(self, arguments: Arguments) -> dict[str, Any]:
        return {"max_target_length": arguments.max_target_length}


def joined(row: Row) -> str:
    """The completion, after a space where the prompt ends without one."""
    apart = row["prompt"][-1:].isspace() or row["completion"][:1].isspace()
    return str(row["completion"]) if apart else f" {row['completion']}"


def _prompt(row: Row) -> Any:
    """What is asked: the beginning of a text, the prompt, or the chat up to its last answer."""
    if "messages" in row:
        return tuple((message["role"], message["content"]) for message in row["messages"][:-1]) or (("user", ""),)
    if "prompt" in row:
        return row["prompt"]
    words = row["text"].split()
    return " ".join(words[: max(1, len(words) // 2)][:32])


def _learnt(row: Row) -> str:
    if "messages" in row:
        return " ".join(message["content"] for message in row["messages"] if message["role"] == "assistant")
    return str(row.get("completion", row.get("text", "")))


def _turns(tokenizer: Any, messages: Sequence[dict[str, str]]) -> list[tuple[list[int], bool]]:
    """A chat's tokens in parts; those that the assistant is to write are learnt.

    A part is what the template adds for a message, so that any template that only grows is followed.
    """
    parts, text = [], ""
    for number, message in enumerate(messages, 1):
        assistant = message["role"] == "assistant"
        if assistant:
            before = tokenizer.apply_chat_template(messages[: number - 1], tokenize=False, add_generation_prompt=True)
            parts.append((before[len(text) :], False))
            text = before
        after = tokenizer.apply_chat_template(messages[:number], tokenize=False)
        parts.append((after[len(text) :], assistant))
        text = after
    return [(tokenizer(part, add_special_tokens=False)["input_ids"], learnt) for part, learnt in parts if part]


def _features(parts: Sequence[tuple[list[int], bool]]) -> Features:
    ids = [token for part, _ in parts for token in part]
    labels = [token if learnt else IGNORED for part, learnt in parts for token in part]
    return {"input_ids": np.array(ids, dtype=np.int32), "labels": np.array(labels, dtype=np.int64)}


def _cut(example: Features, most: int) -> Features:
    """The last tokens: what is to be learnt stands at the end."""
    return {name: values[-most:] for name, values in example.items()}


def _packed(examples: Sequence[Features], length: int) -> list[Features]:
    """All tokens end to end in sequences of `length`; the rest is the last and shorter one."""
    ids, labels = (np.concatenate([example[name] for example in examples]) for name in ("input_ids", "labels"))
    starts = range(0, len(ids), length)
    found = [{"input_ids": ids[at : at + length], "labels": labels[at : at + length]} for at in starts]
    return [example for example in found if len(example["input_ids"]) > 1]
