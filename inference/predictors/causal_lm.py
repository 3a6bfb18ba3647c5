"""Text generation as the `text-generation` pipeline answers it: texts to go on with, or chats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.text_generation import ROLES

from ..errors import InvalidRequestError
from .base import Request, describe
from .batches import settings_of
from .checks import flag, one_or_many, text_of
from .generation import MOST_NEW_TOKENS, Generated, Options, Prompt, arguments_of, options_of, together, with_seed
from .models import load_pretrained
from .padding import pad
from .tokens import token_limit

MORE = ("return_full_text", "stop")


def load(model_dir: Path) -> Generator:
    return Generator(*load_pretrained(model_dir, "AutoModelForCausalLM"))


class Generator:
    """Calling it answers one request; `predict` takes the prompts of many."""

    task = "text-generation"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._limit = token_limit(tokenizer, model) or 1_000_000
        self.defaults = {"max_new_tokens": int(settings_of(model, self.task).get("max_target_length", 64))}

    def __call__(self, inputs: Any, **parameters: Any) -> Any:
        request = self.parse(inputs, parameters)
        return self.answer(request, self.predict(request.items))

    def parse(self, inputs: Any, parameters: Mapping[str, Any]) -> Request:
        options = options_of(parameters, self.defaults, MORE) + _stops(parameters.get("stop"))
        shape = {"full": flag(parameters, "return_full_text", True)}
        if is_chat(inputs):
            return Request([Prompt(self._chat(inputs, "inputs"), options)], True, shape)
        given, single = one_or_many(inputs)
        items = [
            Prompt(self._chat(value, field) if isinstance(value, list) else text_of(value, field), options)
            for value, field in given
        ]
        return Request(items, single, shape)

    def _chat(self, messages: Any, field: str) -> Any:
        if not self.tokenizer.chat_template:
            raise InvalidRequestError(
                f"{field}: expected a text, for this model has no chat template; found a list of messages. Send a text."
            )
        if not messages:
            raise InvalidRequestError(f"{field}: expected at least one message; found an empty list. Send a message.")
        for index, message in enumerate(messages):
            if not isinstance(message, dict) or message.get("role") not in ROLES:
                raise InvalidRequestError(
                    f"{field}[{index}]: expected a message with a role ({', '.join(ROLES)}) and content; "
                    f"found {describe(message)}. Correct it."
                )
            text_of(message.get("content"), f"{field}[{index}].content")
        return tuple((message["role"], message["content"]) for message in messages)

    def predict(self, items: Sequence[Prompt]) -> list[Generated]:
        import torch  # noqa: PLC0415

        prompts = [self._ids(item) for item in items]
        found: dict[int, Generated] = {}
        with torch.inference_mode():
            for group in together(items, [len(ids) for ids, _ in prompts]):
                texts = self._generate([prompts[index][0] for index in group], items[group[0]].options)
                for index, text in zip(group, texts, strict=True):
                    found[index] = Generated(text, prompts[index][1])
        return [found[index] for index in range(len(items))]

    def _ids(self, item: Prompt) -> tuple[list[int], bool]:
        """The prompt's tokens, the last ones where it is too long for what is to be generated."""
        ids: list[int] = prompt_ids(self.tokenizer, item.text)
        room = max(1, self._limit - int(dict(item.options)["max_new_tokens"]))
        return ids[-room:], len(ids) > room

    def _generate(self, prompts: Sequence[list[int]], options: Options) -> list[str]:
        arguments, seed = arguments_of(options)
        stops = arguments.pop("stop", None)
        if stops:
            arguments |= {"stop_strings": list(stops), "tokenizer": self.tokenizer}
        room = self._limit - max(map(len, prompts))
        arguments["max_new_tokens"] = max(1, min(arguments["max_new_tokens"], room, MOST_NEW_TOKENS))
        filler = self.tokenizer.pad_token_id or self.tokenizer.eos_token_id or 0
        batch = {
            "input_ids": pad(prompts, filler, True, self.model.device),
            "attention_mask": pad([[1] * len(ids) for ids in prompts], 0, True, self.model.device),
        }
        generated = with_seed(seed, lambda: self.model.generate(**batch, pad_token_id=filler, **arguments))
        texts = self.tokenizer.batch_decode(generated[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        return [_cut(text, stops or ()) for text in texts]

    def answer(self, request: Request, outputs: Sequence[Generated]) -> Any:
        full = request.parameters["full"]
        answers = [
            [{"generated_text": _whole(item.text, output.text) if full else output.text}]
            for item, output in zip(request.items, outputs, strict=True)
        ]
        return answers[0] if request.single else answers


def prompt_ids(tokenizer: Any, prompt: Any) -> list[int]:
    """Of a text, or of a chat as the template writes it, up to where the assistant is to speak or to go on."""
    if isinstance(prompt, str):
        ids = tokenizer(prompt)["input_ids"]
        ends = tokenizer.eos_token_id is not None and len(ids) > 1 and ids[-1] == tokenizer.eos_token_id
        return list(ids[:-1] if ends else ids) or [tokenizer.bos_token_id or tokenizer.eos_token_id or 0]
    messages = [{"role": role, "content": content} for role, content in prompt]
    begun = _begun(prompt)
    text = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=not begun, continue_final_message=begun
    )
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _begun(chat: Sequence[tuple[str, str]]) -> bool:
    """Whether the chat ends with the beginning of an answer, which is then gone on with."""
    return chat[-1][0] == "assistant"


def is_chat(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _whole(prompt: Any, text: str) -> Any:
    if isinstance(prompt, str):
        return prompt + text
    said = [{"role": role, "content": content} for role, content in prompt]
    if _begun(prompt):
        return [*said[:-1], {"role": "assistant", "content": said[-1]["content"] + text}]
    return [*said, {"role": "assistant", "content": text}]


def _stops(value: Any) -> Options:
    stops = [value] if isinstance(value, str) else value
    if stops is None:
        return ()
    if isinstance(stops, list) and stops and all(isinstance(stop, str) and stop for stop in stops):
        return (("stop", tuple(stops)),)
    raise InvalidRequestError(
        f"parameters.stop: expected a text or a list of texts; found {describe(value)}. Leave it out."
    )


def _cut(text: str, stops: Sequence[str]) -> str:
    """Up to where the first of the stops begins."""
    ends = [place for stop in stops if (place := text.find(stop)) >= 0]
    return text[: min(ends)] if ends else text
