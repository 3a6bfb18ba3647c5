"""What the tasks share whose answer is generated: parameters, groups of calls that can be generated together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.sequences import GENERATION, LENGTHS

from ..errors import InvalidRequestError
from .base import describe
from .checks import flag, known_only

MOST_NEW_TOKENS = 1024
GROUP_ROWS = 16
Options = tuple[tuple[str, Any], ...]
"""Sorted pairs, so that equal options are equal keys."""


@dataclass(frozen=True)
class Prompt:
    """A text to go on from, or a chat, with how to."""

    text: Any
    options: Options = ()
    pair: None = None


@dataclass(frozen=True)
class Generated:
    text: str
    truncated: bool
    """Whether the input was longer than the model reads."""


def options_of(parameters: Mapping[str, Any], defaults: Mapping[str, Any], more: Sequence[str] = ()) -> Options:
    """The checked generation parameters over the defaults. Raises `InvalidRequestError`."""
    schemas = GENERATION | {name: schema for name, schema in LENGTHS.items() if name in more}
    known_only(parameters, [*GENERATION, *more])
    given = {
        name: _checked(parameters, name, schema) for name, schema in schemas.items() if parameters.get(name) is not None
    }
    return tuple(sorted((dict(defaults) | given).items()))


def _checked(parameters: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> Any:
    value, kind = parameters[name], schema["type"]
    if kind == "boolean":
        return flag(parameters, name, False)
    least, most = schema.get("minimum"), schema.get("maximum")
    right = isinstance(value, int if kind == "integer" else int | float) and not isinstance(value, bool)
    if right and (least is None or value >= least) and (most is None or value <= most):
        return value
    noun = "a whole number" if kind == "integer" else "a number"
    bounds = f" from {least}" if least is not None else ""
    bounds += f" to {most}" if most is not None else ""
    raise InvalidRequestError(f"parameters.{name}: expected {noun}{bounds}; found {describe(value)}. Correct it.")


def arguments_of(options: Options) -> tuple[dict[str, Any], int | None]:
    """Arguments of `generate`, and the seed of what is drawn by lot."""
    found = dict(options)
    seed = found.pop("seed", None)
    if found.get("temperature") == 0:
        found.update(do_sample=False)
    if not found.get("do_sample"):
        found["do_sample"] = False
        for name in ("temperature", "top_k", "top_p"):
            found.pop(name, None)
    return found, seed


def together(items: Sequence[Prompt], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indexes of items of equal options, alike in length; each alone where lots are drawn, so that a seed repeats."""
    order = sorted(range(len(items)), key=lambda index: (repr(items[index].options), lengths[index]))
    group: list[int] = []
    for index in order:
        alone = dict(items[index].options).get("do_sample", False)
        same = group and items[group[-1]].options == items[index].options
        if group and (alone or not same or len(group) >= GROUP_ROWS):
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def with_seed(seed: int | None, generate: Callable[[], Any]) -> Any:
    """The random state of others is left as it was."""
    import torch  # noqa: PLC0415

    if seed is None:
        return generate()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return generate()
