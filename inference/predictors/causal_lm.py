"""Text generation as the `text-generation` pipeline answers it: texts or chats to continue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypedDict, cast

from tasks.sequences import STREAM
from tasks.text_generation import ROLES

from ..protocols.encoding import EventText
from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json
from ..protocols.openai_request import (
    MESSAGES,
    PROMPT,
    OpenAIRequest,
    is_openai_body,
    parse_openai,
)
from .answer_forms import AnswerForm, ChatForm, CompletionForm, PipelineForm
from .base import Predictor, Request
from .batches import task_settings
from .checks import flag, one_or_many, readable, text_of
from .generation import (
    MAX_NEW_TOKENS,
    Chat,
    GeneratedText,
    Options,
    Prompt,
    generate_arguments,
    generation_options,
    groups_of_equal_options,
    run_with_seed,
)
from .interfaces import GenerativeModel, TransformersTokenizer
from .models import load_pretrained
from .padding import pad
from .tokens import token_limit

MORE = ("return_full_text", "stop")
"""Parameters besides those of every task that generates."""
DEFAULT_NEW_TOKENS = 64
NO_LIMIT_TOKENS = 1_000_000
ASSISTANT = "assistant"
TextOrChat: TypeAlias = str | Chat


class Message(TypedDict):
    role: str
    content: str


@dataclass(frozen=True)
class Parameters:
    form: AnswerForm


def load(model_dir: Path) -> Generator:
    model, tokenizer = load_pretrained(model_dir, "AutoModelForCausalLM")
    return Generator(cast(GenerativeModel, model), tokenizer)


class Generator(Predictor[Prompt, GeneratedText, Parameters]):
    task = "text-generation"
    writes = True

    def __init__(
        self, model: GenerativeModel, tokenizer: TransformersTokenizer
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._limit = token_limit(tokenizer, model) or NO_LIMIT_TOKENS
        settings = task_settings(model, self.task)
        length = settings.get("max_target_length", DEFAULT_NEW_TOKENS)
        self.defaults = {"max_new_tokens": int(cast(int, length))}

    def parse(
        self, inputs: Json, parameters: Mapping[str, Json]
    ) -> Request[Prompt, Parameters]:
        if is_openai_body(inputs) and not parameters:
            return self._parse_openai(parse_openai(cast("Mapping[str, Json]", inputs)))
        streams = _streams(parameters)
        parameters = {
            name: value for name, value in parameters.items() if name != STREAM
        }
        prompts, single = self._prompts(inputs, parameters)
        full = flag(parameters, "return_full_text", True)
        if streams and len(prompts) > 1:
            raise InvalidRequestError(
                f"stream: expected one input, for it is answered piece by piece; found {len(prompts)}. "
                "Send one, or leave stream out."
            )

        def written(index: int, output: GeneratedText) -> object:
            text = output.text
            return _with_prompt(prompts[index].text, text) if full else text

        form = PipelineForm(streams, written, single)
        return Request(prompts, single, Parameters(form))

    def _parse_openai(self, body: OpenAIRequest) -> Request[Prompt, Parameters]:
        field = MESSAGES if body.is_chat else PROMPT
        prompts, single = self._prompts(body.inputs, body.parameters, field)
        form: AnswerForm
        if body.is_chat:
            if not is_chat(body.inputs):
                raise InvalidRequestError(
                    "messages: expected a list of messages, each with role and content; found none. Send a message."
                )
            form = ChatForm(body.model, body.streams, body.usage_in_stream)
        else:
            echoed = [str(prompt.text) if body.echoes else "" for prompt in prompts]
            form = CompletionForm(
                body.model, body.streams, body.usage_in_stream, echoed
            )
        return Request(prompts, single, Parameters(form))

    def _prompts(
        self, inputs: Json, parameters: Mapping[str, Json], name: str = "inputs"
    ) -> tuple[list[Prompt], bool]:
        """The checked prompts with their options, and whether there was one that stood alone."""
        options = generation_options(parameters, self.defaults, MORE)
        options += stop_options(parameters.get("stop"))
        if is_chat(inputs):
            return [Prompt(self._chat(inputs, name), options)], True
        items, single = one_or_many(inputs, name)
        prompts: list[Prompt] = []
        for value, field in items:
            text = self._text_or_chat(value, field)
            prompts.append(Prompt(text, options))
        return prompts, single

    def _text_or_chat(self, value: Json, field: str) -> TextOrChat:
        return (
            self._chat(value, field)
            if isinstance(value, list)
            else text_of(value, field)
        )

    def _chat(self, messages: Json, field: str) -> Chat:
        """Raises `InvalidRequestError` naming the message."""
        assert isinstance(messages, list)
        if not self.tokenizer.chat_template:
            raise InvalidRequestError(
                f"{field}: expected a text, for this model has no chat template; found a list of messages. Send a text."
            )
        if not messages:
            raise InvalidRequestError(
                f"{field}: expected at least one message; found an empty list. Send a message."
            )
        chat: list[tuple[str, str]] = []
        for index, message in enumerate(messages):
            chat.append(_message(message, f"{field}[{index}]"))
        self._require_template_takes(tuple(chat), field)
        return tuple(chat)

    def _require_template_takes(self, chat: Chat, field: str) -> None:
        """Raises `InvalidRequestError` with the words of the chat template, which may refuse orders of roles."""
        from jinja2 import TemplateError  # noqa: PLC0415

        try:
            chat_text(self.tokenizer, chat)
        except (TemplateError, ValueError) as error:
            raise InvalidRequestError(
                f"{field}: expected messages that the model's chat template takes; found {error}. Correct them."
            ) from None

    def predict(self, items: Sequence[Prompt]) -> list[GeneratedText]:
        import torch  # noqa: PLC0415

        prompts = [self.prompt_tokens(item) for item in items]
        lengths = [len(ids) for ids, _ in prompts]
        shortened: list[Prompt] = []
        for item, length in zip(items, lengths, strict=True):
            shortened.append(self.shortened(item, length))
        outputs: dict[int, GeneratedText] = {}
        with torch.inference_mode():
            for group in groups_of_equal_options(shortened, lengths):
                rows = [prompts[index][0] for index in group]
                options = shortened[group[0]].options
                for index, output in zip(
                    group, self._generate(rows, options), strict=True
                ):
                    _, truncated = prompts[index]
                    outputs[index] = replace(output, truncated=truncated)
        return [outputs[index] for index in range(len(items))]

    def prompt_tokens(self, item: Prompt) -> tuple[list[int], bool]:
        """The prompt's tokens, only the last ones where it leaves no room for a token, and whether that is so."""
        ids = prompt_ids(self.tokenizer, item.text)
        room = max(1, self._limit - 1)
        return ids[-room:], len(ids) > room

    def shortened(self, item: Prompt, tokens: int) -> Prompt:
        """With no more new tokens than there are positions after the prompt's, whatever is generated beside it."""
        options = dict(item.options)
        room = max(1, self._limit - tokens)
        most = min(_new_tokens(options), room, MAX_NEW_TOKENS)
        options["max_new_tokens"] = most
        return replace(item, options=tuple(sorted(options.items())))

    def _generate(
        self, prompts: Sequence[list[int]], options: Options
    ) -> list[GeneratedText]:
        """The continuation of each prompt, up to the first stop."""
        arguments, seed = generate_arguments(options)
        stops = cast("tuple[str, ...]", arguments.pop("stop", ()))
        if stops:
            arguments |= {"stop_strings": list(stops), "tokenizer": self.tokenizer}
        tokenizer = self.tokenizer
        filler = tokenizer.pad_token_id or tokenizer.eos_token_id or 0
        device = self.model.device
        input_ids = pad(prompts, filler, True, device)
        mask = [[1] * len(ids) for ids in prompts]
        arguments |= {
            "input_ids": input_ids,
            "attention_mask": pad(mask, 0, True, device),
            "pad_token_id": filler,
        }
        generated = run_with_seed(seed, lambda: self.model.generate(**arguments))
        width = input_ids.shape[1]
        outputs: list[GeneratedText] = []
        for prompt, ids in zip(prompts, generated.tolist(), strict=True):
            outputs.append(self._output(prompt, ids[width:], stops))
        return outputs

    def _output(
        self, prompt: list[int], new: list[int], stops: Sequence[str]
    ) -> GeneratedText:
        """The text of new tokens, up to the first stop; what lies behind an end token is padding."""
        ends = self._end_tokens()
        count = next((n for n, token in enumerate(new, 1) if token in ends), 0)
        written = new[: count or len(new)]
        text = self.continuation(prompt, written)
        cut = _cut(text, stops)
        finish = "eos_token" if count else "length"
        if len(cut) < len(text):
            finish = "stop_sequence"
        last = written[-1] if written else 0
        return GeneratedText(cut, False, len(prompt), len(written), finish, last)

    def _end_tokens(self) -> frozenset[int]:
        ends = getattr(self.model.generation_config, "eos_token_id", None)
        if ends is None:
            return frozenset()
        return frozenset([ends] if isinstance(ends, int) else ends)

    def continuation(self, prompt: list[int], ids: list[int]) -> str:
        """The text of new tokens as it follows the prompt: a decoder may strip the space that a text begins with."""
        before = self.tokenizer.decode(prompt, skip_special_tokens=True)
        whole = self.tokenizer.decode(prompt + ids, skip_special_tokens=True)
        return whole[len(before) :]

    def answer(
        self, request: Request[Prompt, Parameters], outputs: Sequence[GeneratedText]
    ) -> object:
        """The answer as a JSON value; an `EventText` for a request that asks for a stream."""
        form = request.parameters.form
        return EventText(form.events(outputs)) if form.streams else form.whole(outputs)


def _streams(parameters: Mapping[str, Json]) -> bool:
    """Whether the request asks for pieces; the protocol puts that field of the body among the parameters."""
    value = parameters.get(STREAM)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise InvalidRequestError(
        f"{STREAM}: expected true or false; found {describe(value)}. Leave it out for false."
    )


def _new_tokens(options: Mapping[str, object]) -> int:
    return int(cast(int, options["max_new_tokens"]))


def _message(message: Json, field: str) -> tuple[str, str]:
    """Role and content. Raises `InvalidRequestError`."""
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(role, str) or role not in ROLES:
        raise InvalidRequestError(
            f"{field}: expected a message with a role ({', '.join(ROLES)}) and content; "
            f"found {describe(message)}. Correct it."
        )
    return role, text_of(message.get("content"), f"{field}.content")


def prompt_ids(tokenizer: TransformersTokenizer, prompt: TextOrChat) -> list[int]:
    """The tokens of a text, or of a chat as the template writes it up to where the assistant speaks or continues."""
    if isinstance(prompt, str):
        ids = list(tokenizer(prompt)["input_ids"])
        end = tokenizer.eos_token_id
        if end is not None and len(ids) > 1 and ids[-1] == end:
            ids.pop()
        return ids or [tokenizer.bos_token_id or end or 0]
    text = chat_text(tokenizer, prompt)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def chat_text(tokenizer: TransformersTokenizer, chat: Chat) -> str:
    """A chat as the template writes it up to where the assistant speaks or continues."""
    continues = _ends_with_assistant(chat)
    return tokenizer.apply_chat_template(
        _messages(chat),
        tokenize=False,
        add_generation_prompt=not continues,
        continue_final_message=continues,
    )


def _ends_with_assistant(chat: Chat) -> bool:
    """Whether the chat ends with the beginning of an answer, which is then continued."""
    return chat[-1][0] == ASSISTANT


def _messages(chat: Chat) -> list[Message]:
    return [{"role": role, "content": content} for role, content in chat]


def is_chat(value: Json) -> bool:
    """Whether it is a list of objects."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(message, dict) for message in value)
    )


def _with_prompt(prompt: TextOrChat, text: str) -> str | list[Message]:
    """The prompt with its continuation: a text, or the messages of the chat."""
    if isinstance(prompt, str):
        return prompt + text
    messages = _messages(prompt)
    if _ends_with_assistant(prompt):
        start = messages.pop()["content"]
        text = start + text
    return [*messages, {"role": ASSISTANT, "content": text}]


def stop_options(value: Json) -> Options:
    """The option `stop` of a text or a list of texts; none without any. Raises `InvalidRequestError`."""
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    stops: list[str] = []
    if isinstance(values, list):
        stops = [stop for stop in values if isinstance(stop, str) and stop]
    if not stops or stops != values:
        raise InvalidRequestError(
            f"parameters.stop: expected a text or a list of texts; found {describe(value)}. Leave it out."
        )
    for stop in stops:
        readable(stop, "parameters.stop")
    return (("stop", tuple(stops)),)


def _cut(text: str, stops: Sequence[str]) -> str:
    """Up to where the first of the stops begins."""
    ends = [text.find(stop) for stop in stops]
    return text[: min((end for end in ends if end >= 0), default=len(text))]
