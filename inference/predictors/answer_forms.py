"""How a written text is answered: as the pipeline does, or in the shapes of OpenAI's API; at once, or as a stream."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from ..protocols.event_stream import DONE, event
from .generation import GeneratedText

_FINISH_REASONS = {"length": "length"}
"""OpenAI's word for why a text ends; `stop` for all other ends."""


class AnswerForm(ABC):
    """`streams` says whether the caller wants events."""

    streams: bool

    def start(self, texts: int) -> bytes:
        """The events before the first piece of so many texts."""
        return b""

    @abstractmethod
    def piece(self, index: int, text: str, token: int) -> bytes:
        """The events of a token of the text of this index, which is not its last one."""

    @abstractmethod
    def last(self, index: int, text: str, token: int, output: GeneratedText) -> bytes:
        """The events of the last token: `text` is what was not sent before."""

    def end(self, outputs: Sequence[GeneratedText]) -> bytes:
        """The events after all texts."""
        return b""

    @abstractmethod
    def whole(self, outputs: Sequence[GeneratedText]) -> object:
        """The answer that is sent at once, as a JSON value."""

    def events(self, outputs: Sequence[GeneratedText]) -> bytes:
        """The stream of texts that are complete, each as one piece."""
        parts = [self.start(len(outputs))]
        for index, output in enumerate(outputs):
            parts.append(self.last(index, output.text, output.last_token, output))
        parts.append(self.end(outputs))
        return b"".join(parts)


class PipelineForm(AnswerForm):
    """Answers of the pipeline; events as those of Hugging Face's text-generation-inference."""

    def __init__(
        self,
        streams: bool,
        written: Callable[[int, GeneratedText], object],
        single: bool,
    ) -> None:
        """`written(index, output)` is the `generated_text` of an answer."""
        self.streams = streams
        self._written = written
        self._single = single
        self._count = 0

    def piece(self, index: int, text: str, token: int) -> bytes:
        return event(self._token(text, token) | {"generated_text": None})

    def last(self, index: int, text: str, token: int, output: GeneratedText) -> bytes:
        details = {
            "finish_reason": output.finish,
            "generated_tokens": output.new_tokens,
            "input_length": output.prompt_tokens,
        }
        whole = {"generated_text": self._written(index, output), "details": details}
        return event(self._token(text, token) | whole)

    def _token(self, text: str, token: int) -> dict[str, Any]:
        self._count += 1
        return {
            "index": self._count,
            "token": {"id": token, "text": text, "special": False},
        }

    def whole(self, outputs: Sequence[GeneratedText]) -> object:
        answers: list[list[dict[str, object]]] = []
        for index, output in enumerate(outputs):
            answers.append([{"generated_text": self._written(index, output)}])
        return answers[0] if self._single else answers


class OpenAIForm(AnswerForm):
    """What chats and completions have in common."""

    prefix = ""
    kind = ""
    chunk_kind = ""

    def __init__(self, model: str, streams: bool, usage_in_stream: bool) -> None:
        self.streams = streams
        self._usage_in_stream = usage_in_stream
        self._head: dict[str, object] = {
            "id": f"{self.prefix}-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    @abstractmethod
    def choice(self, index: int, output: GeneratedText) -> dict[str, object]:
        """A choice of an answer that is sent at once."""

    @abstractmethod
    def delta(self, index: int, text: str) -> dict[str, object]:
        """A choice of an event, with a piece of the text; of the last event, with none."""

    def piece(self, index: int, text: str, token: int) -> bytes:
        return self._chunk(self.delta(index, text), None) if text else b""

    def last(self, index: int, text: str, token: int, output: GeneratedText) -> bytes:
        reason = finish_reason(output)
        end = self._chunk(self.delta(index, ""), reason)
        return self.piece(index, text, token) + end

    def end(self, outputs: Sequence[GeneratedText]) -> bytes:
        if not self._usage_in_stream:
            return DONE
        return self._event([], usage(outputs)) + DONE

    def whole(self, outputs: Sequence[GeneratedText]) -> object:
        choices: list[dict[str, object]] = []
        for index, output in enumerate(outputs):
            ending = {"logprobs": None, "finish_reason": finish_reason(output)}
            choices.append({"index": index} | self.choice(index, output) | ending)
        return {
            **self._head,
            "object": self.kind,
            "choices": choices,
            "usage": usage(outputs),
        }

    def _chunk(self, choice: dict[str, object], reason: str | None) -> bytes:
        ending = {"logprobs": None, "finish_reason": reason}
        return self._event([choice | ending], None)

    def _event(self, choices: Sequence[object], used: object) -> bytes:
        chunk = {**self._head, "object": self.chunk_kind, "choices": choices}
        if self._usage_in_stream:
            chunk["usage"] = used
        return event(chunk)


class ChatForm(OpenAIForm):
    prefix = "chatcmpl"
    kind = "chat.completion"
    chunk_kind = "chat.completion.chunk"

    def start(self, texts: int) -> bytes:
        delta = {"role": "assistant", "content": ""}
        return self._chunk({"index": 0, "delta": delta}, None)

    def choice(self, index: int, output: GeneratedText) -> dict[str, object]:
        return {"message": {"role": "assistant", "content": output.text}}

    def delta(self, index: int, text: str) -> dict[str, object]:
        return {"index": index, "delta": {"content": text} if text else {}}


class CompletionForm(OpenAIForm):
    prefix = "cmpl"
    kind = chunk_kind = "text_completion"

    def __init__(
        self, model: str, streams: bool, usage_in_stream: bool, echoed: Sequence[str]
    ) -> None:
        """`echoed` are the prompts where the answer begins with them, else empty texts."""
        super().__init__(model, streams, usage_in_stream)
        self._echoed = echoed

    def start(self, texts: int) -> bytes:
        parts: list[bytes] = []
        for index, prompt in enumerate(self._echoed):
            parts.append(self.piece(index, prompt, 0))
        return b"".join(parts)

    def choice(self, index: int, output: GeneratedText) -> dict[str, object]:
        return {"text": self._echoed[index] + output.text}

    def delta(self, index: int, text: str) -> dict[str, object]:
        return {"index": index, "text": text}


def finish_reason(output: GeneratedText) -> str:
    return _FINISH_REASONS.get(output.finish, "stop")


def usage(outputs: Sequence[GeneratedText]) -> dict[str, int]:
    read = sum(output.prompt_tokens for output in outputs)
    written = sum(output.new_tokens for output in outputs)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }
