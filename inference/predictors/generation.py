"""What the tasks share that generate a text: parameters, and groups of items that can be generated together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

from tasks.sequences import GENERATION, LENGTHS

from ..protocols.errors import InvalidRequestError, describe
from ..protocols.messages import Json
from .checks import as_whole_number, flag, known_only

MAX_NEW_TOKENS = 1024
GROUP_ROWS = 16
GREEDY_TEMPERATURE = 1e-8
"""Below it the most likely token is the only one that is drawn, and float32 overflows."""
SAMPLING = ("temperature", "top_k", "top_p")
"""Options that mean something only where tokens are drawn at random."""
Options: TypeAlias = tuple[tuple[str, object], ...]
"""Arguments of `generate`, and some of ours, as sorted pairs, so that equal options are equal keys."""
Chat: TypeAlias = tuple[tuple[str, str], ...]
"""Messages as pairs of role and content."""
ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Prompt:
    """A text to continue or rewrite, or a chat to continue, with the options of its request."""

    text: str | Chat
    options: Options = ()


@dataclass(frozen=True)
class GeneratedText:
    text: str
    truncated: bool
    """Whether the input was longer than the model reads."""
    prompt_tokens: int = 0
    new_tokens: int = 0
    finish: str = ""
    """Why it ends: `eos_token`, `stop_sequence` or `length`."""
    last_token: int = 0


def generation_options(
    parameters: Mapping[str, Json],
    defaults: Mapping[str, object],
    more: Sequence[str] = (),
) -> Options:
    """The checked generation parameters over the defaults; `more` are the names that this task takes besides.

    Raises `InvalidRequestError`.
    """
    known_only(parameters, [*GENERATION, *more])
    schemas = GENERATION | LENGTHS
    options = dict(defaults)
    for name in (*GENERATION, *more):
        if name in schemas and parameters.get(name) is not None:
            options[name] = _checked(parameters, name, schemas[name])
    return tuple(sorted(options.items()))


def _checked(
    parameters: Mapping[str, Json], name: str, schema: Mapping[str, Any]
) -> Json:
    """The parameter, if it is of the schema's type and within its bounds. Raises `InvalidRequestError`."""
    if schema["type"] == "boolean":
        return flag(parameters, name, False)
    value = parameters[name]
    number: float | None = as_whole_number(value)
    is_whole = schema["type"] == "integer"
    if number is None and isinstance(value, float) and not is_whole:
        number = value
    least = schema.get("minimum", -math.inf)
    most = schema.get("maximum", math.inf)
    if number is not None and least <= number <= most:
        # transformers refuses a whole number as a temperature, which is what JavaScript makes of 2.0.
        return number if is_whole else float(number)
    raise InvalidRequestError(
        f"parameters.{name}: expected {_kind_of_number(schema)}; found {describe(value)}. Correct it."
    )


def _kind_of_number(schema: Mapping[str, object]) -> str:
    words = "a whole number" if schema["type"] == "integer" else "a number"
    if "minimum" in schema:
        words += f" from {schema['minimum']}"
    if "maximum" in schema:
        words += f" to {schema['maximum']}"
    return words


def generate_arguments(options: Options) -> tuple[dict[str, object], int | None]:
    """Arguments of `generate`, and the seed of its random numbers."""
    arguments = dict(options)
    seed = arguments.pop("seed", None)
    assert isinstance(seed, int | None)
    temperature = cast(float, arguments.get("temperature", 1.0))
    if temperature < GREEDY_TEMPERATURE or not arguments.get("do_sample"):
        arguments["do_sample"] = False
        for name in SAMPLING:
            arguments.pop(name, None)
    return arguments, seed


def groups_of_equal_options(
    items: Sequence[Prompt], lengths: Sequence[int]
) -> Iterator[list[int]]:
    """Indexes of items of equal options, alike in length in tokens.

    An item whose tokens are drawn at random is alone, so that its seed gives the same text again.
    """
    keys = [repr(item.options) for item in items]
    order = sorted(range(len(items)), key=lambda index: (keys[index], lengths[index]))
    group: list[int] = []
    for index in order:
        if group:
            options = items[index].options
            of_group = items[group[-1]].options
            if not _joins(options, of_group, len(group)):
                yield group
                group = []
        group.append(index)
    if group:
        yield group


def _joins(options: Options, of_group: Options, rows: int) -> bool:
    """Whether an item can be generated with a group of so many rows."""
    if options != of_group or rows >= GROUP_ROWS:
        return False
    return not dict(options).get("do_sample", False)


def run_with_seed(seed: int | None, generate: Callable[[], ResultT]) -> ResultT:
    """The result of `generate`; the random state of others stays as it was."""
    import torch  # noqa: PLC0415

    if seed is None:
        return generate()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return generate()
