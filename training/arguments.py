"""The hyperparameters of a job, documented, parsed and checked in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from training.errors import ArgumentsError


def _argument(default: Any, meaning: str, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"meaning": meaning, "least": least, "most": most})


@dataclass(frozen=True)
class Arguments:
    """What a user may set. The task's own defaults stand before the ones here."""

    task: str = _argument("", "name of the task; the spec's where empty")
    base_model: str = _argument("", "Hub id of the base model; the spec's where empty, unused with a base channel")
    epochs: float = _argument(1.0, "passes over the training rows", 0.001, 10_000)
    min_steps: int = _argument(0, "a small set is passed over more often than `epochs`, up to this many steps", 0)
    max_raised_epochs: int = _argument(20, "but not more often than this because of `min_steps`", 1)
    learning_rate: float = _argument(5e-5, "peak of the learning rate", 1e-12, 10)
    train_batch_size: int = _argument(32, "rows in a step on one device", 1)
    eval_batch_size: int = _argument(64, "rows in an evaluation batch on one device", 1)
    max_length: int = _argument(256, "tokens of a text; longer ones are cut, at the model's own limit at the latest", 4)
    warmup_ratio: float = _argument(0.1, "share of the steps in which the learning rate rises", 0, 1)
    weight_decay: float = _argument(0.01, "AdamW's", 0, 10)
    max_grad_norm: float = _argument(1.0, "gradients are clipped to this norm; 0 leaves them", 0)
    seed: int = _argument(42, "of the new weights, the order of the rows and dropout", 0, 2**32 - 1)
    early_stopping_patience: int = _argument(2, "evaluations without a gain; unused without a validation split", 1)
    checkpoint_seconds: float = _argument(300.0, "time between two checkpoints", 0)

    @classmethod
    def resolve(cls, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Arguments:
        """`given`, where not None, before `defaults`. Raises `ArgumentsError` for an unknown name or a wrong value."""
        known = {each.name: each for each in fields(cls)}
        given = {name: value for name, value in given.items() if value is not None}
        for name in given:
            if name not in known:
                nearest = get_close_matches(name, known, n=1, cutoff=0.0)[0]
                raise ArgumentsError(
                    f"expected a known hyperparameter; found {name!r}. Did you mean {nearest!r}? Rename or remove it."
                )
        merged = {**defaults, **given}
        return cls(**{name: _checked(known[name], value) for name, value in merged.items()})


def parse_argv(argv: Sequence[str]) -> dict[str, Any]:
    """`--key value` and `--key=value` pairs; values bare or JSON-encoded. Raises `ArgumentsError`."""
    given: dict[str, Any] = {}
    words = iter(argv)
    for word in words:
        if not word.startswith("--"):
            raise ArgumentsError(f"expected --name value; found {word!r}. Give every value a name.")
        name, equals, value = word[2:].partition("=")
        given[name.replace("-", "_")] = _decoded(value if equals else _value_of(name, words))
    return given


def _value_of(name: str, words: Iterable[str]) -> str:
    for word in words:
        return word
    raise ArgumentsError(f"expected a value after --{name}; found the end. Add the value.")


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


_TYPES = {"float": "a number", "int": "a whole number", "str": "a text"}


def _checked(argument: Any, value: Any) -> Any:
    kind = str(argument.type)
    converted = _converted(kind, value)
    least, most = argument.metadata["least"], argument.metadata["most"]
    fits = converted is not None and (least is None or converted >= least) and (most is None or converted <= most)
    if fits:
        return converted
    bounds = [f"from {least:g}" if least is not None else "", f"to {most:g}" if most is not None else ""]
    expected = " ".join((_TYPES[kind], *filter(None, bounds)))
    raise ArgumentsError(f"hyperparameter {argument.name}: expected {expected}; found {value!r}. Correct it.")


def _converted(kind: str, value: Any) -> Any:
    if kind == "str":
        return value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if kind == "int":
        return int(number) if number.is_integer() else None
    return number
