from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from inference.predictors.text_stream import TextStream


class Bytes:
    """A tokenizer whose tokens are the bytes of UTF-8."""

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        return bytes(ids).decode("utf-8", "replace")


def pieces_of(text: str, *stops: str) -> tuple[list[str], TextStream]:
    """The pieces until a stop is complete."""
    stream = TextStream(cast(Any, Bytes()), b"before ", stops)
    pieces: list[str] = []
    for token in text.encode():
        pieces.append(stream.push(token))
        if stream.stopped:
            break
    return pieces, stream


def test_a_character_is_sent_with_its_last_byte() -> None:
    assert pieces_of("aß🙂")[0] == ["a", "", "ß", "", "", "", "🙂"]


def test_what_may_be_a_stop_is_held_back_until_it_is_none() -> None:
    assert pieces_of("say STEP", "STOP")[0] == ["s", "a", "y", " ", "", "", "STE", "P"]


@pytest.mark.parametrize("stops", [("STOP",), ("zzz", "STOP"), ("OP", "STOP")])
def test_nothing_of_the_stop_that_begins_first_is_sent(stops: tuple[str, ...]) -> None:
    pieces, stream = pieces_of("go STOP now", *stops)
    assert "".join(pieces) == "go "
    assert stream.stopped


def test_the_rest_is_what_was_held_back() -> None:
    pieces, stream = pieces_of("the ST", "STOP")
    assert "".join(pieces) == "the "
    assert stream.rest("the ST") == "ST"
