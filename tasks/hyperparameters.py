"""The hyperparameters of a job, documented and checked in one place: by the functions before it, by the job itself."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from tasks.trainer_arguments import DECIDED, PASSED, Passed, our_name


class HyperparameterError(ValueError):
    """A hyperparameter is unknown or out of its range."""


def _argument(
    default: Any,
    meaning: str,
    least: float | None = None,
    most: float | None = None,
    *,
    choices: tuple[str, ...] = (),
) -> Any:
    return field(
        default=default,
        metadata={"meaning": meaning, "least": least, "most": most, "choices": choices},
    )


@dataclass(frozen=True)
class Hyperparameters:
    """What a user may set. The task's own defaults stand before the ones here."""

    task: str = _argument("", "name of the task; the spec's where empty")
    base_model: str = _argument(
        "",
        "Hub id of the base model; the spec's where empty, unused with a base channel",
    )
    epochs: float = _argument(1.0, "passes over the training rows", 0.001, 10_000)
    min_steps: int = _argument(
        0,
        "a small set is passed over more often than `epochs`, up to this many steps",
        0,
    )
    max_raised_epochs: int = _argument(
        20, "but not more often than this because of `min_steps`", 1
    )
    learning_rate: float = _argument(5e-5, "peak of the learning rate", 1e-12, 10)
    train_batch_size: int = _argument(32, "rows in a step on one device", 1)
    eval_batch_size: int = _argument(64, "rows in an evaluation batch on one device", 1)
    max_length: int = _argument(
        256,
        "tokens of a text; longer ones are cut, at the model's own limit at the latest",
        4,
    )
    warmup_ratio: float = _argument(
        0.1, "share of the steps in which the learning rate rises", 0, 1
    )
    weight_decay: float = _argument(
        0.01, "how much the weights shrink at each step (AdamW)", 0, 10
    )
    max_grad_norm: float = _argument(
        1.0, "gradients are clipped to this norm; 0 leaves them", 0
    )
    seed: int = _argument(
        42, "of the new weights, the order of the rows and dropout", 0, 2**32 - 1
    )
    early_stopping_patience: int = _argument(
        2, "evaluations without a gain; unused without a validation split", 1
    )
    checkpoint_seconds: float = _argument(300.0, "time between two checkpoints", 0)
    gradient_accumulation_steps: int = _argument(
        1, "batches whose gradients are added up before a step", 1
    )
    max_target_length: int = _argument(
        64, "tokens of a summary, a translation or a generated text", 1
    )
    num_beams: int = _argument(
        1, "beams of the search when a text is generated; 1 is greedy", 1
    )
    doc_stride: int = _argument(
        64, "tokens that two windows of one long context share", 0
    )
    mlm_probability: float = _argument(
        0.15, "share of the tokens that are masked", 0.01, 0.9
    )
    packing: bool = _argument(
        True, "texts are laid end to end in sequences of `max_length`"
    )
    loss_on: str = _argument(
        "completion",
        "what is learnt of prompt and completion: completion or all",
        choices=("completion", "all"),
    )
    prefix: str = _argument(
        "", "text put before every input, as T5 wants it: `summarize: `"
    )
    source_language: str = _argument(
        "", "language of the source, such as en, en_XX or eng_Latn"
    )
    target_language: str = _argument(
        "", "language of the target, such as de, de_DE or deu_Latn"
    )
    class_weights: str = _argument(
        "none",
        "how much more the rows of rare labels count: by the root of the imbalance, fully (balanced) or none",
        choices=("none", "root", "balanced"),
    )
    lora: bool = _argument(
        False, "trains low-rank adapters instead of all weights, merged when packed"
    )
    lora_r: int = _argument(16, "rank of the adapters", 1)
    lora_alpha: int = _argument(32, "scale of the adapters", 1)
    lora_dropout: float = _argument(0.05, "dropout in the adapters", 0, 0.9)
    freeze_layers: int = _argument(
        0,
        "lowest layers that are not trained, nor are the embeddings; not with `lora`",
        0,
    )
    load_in_4bit: bool = _argument(
        False, "base weights in 4 bits (QLoRA): not supported, refused"
    )
    trainer: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `TrainingArguments` that are passed through: those set of `tasks.trainer_arguments.PASSED`."""

    @property
    def all(self) -> dict[str, Any]:
        """Every argument by its name, those of the `Trainer` among them."""
        own = {name: getattr(self, name) for name in OWN}
        return {**own, **self.trainer}

    @classmethod
    def resolve(
        cls, settings: Mapping[str, Any], defaults: Mapping[str, Any]
    ) -> Hyperparameters:
        """`settings`, where not None, before `defaults`.

        Raises `HyperparameterError` for an unknown name or a wrong value.
        """
        merged = {
            **defaults,
            **renamed(
                {name: value for name, value in settings.items() if value is not None}
            ),
        }
        for name in merged:
            if name not in OWN and name not in PASSED:
                raise HyperparameterError(unknown(name))
        own = {
            name: _checked(OWN[name], value)
            for name, value in merged.items()
            if name in OWN
        }
        passed = {
            name: _passed(name, PASSED[name], value)
            for name, value in merged.items()
            if name in PASSED
        }
        return cls(**own, trainer=passed)


OWN = {
    argument.name: argument
    for argument in fields(Hyperparameters)
    if argument.name != "trainer"
}
"""Traindrop's own arguments, as dataclass fields with `meaning`, `least` and `most` in their metadata."""
_TYPES = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
    "bool": "true or false",
}
_SCHEMA_TYPES = {
    "number": "float",
    "integer": "int",
    "string": "str",
    "boolean": "bool",
}


def renamed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` by our names. Raises `HyperparameterError` where two names of one argument are set."""
    first: dict[str, str] = {}
    for name in settings:
        other = first.setdefault(our_name(name), name)
        if other != name:
            raise HyperparameterError(
                f"expected one of {other!r} and {name!r}, which mean the same; found both. Remove one."
            )
    return {our_name(name): value for name, value in settings.items()}


def unknown(name: str) -> str:
    """Why an argument that is neither ours nor passed through is refused."""
    if name in DECIDED:
        return f"hyperparameter {name}: Traindrop decides it itself: {DECIDED[name]}. Remove it."
    nearest = get_close_matches(name, [*OWN, *PASSED], n=1)
    hint = (
        f"Did you mean {nearest[0]!r}? Rename or remove it."
        if nearest
        else "Remove it."
    )
    return f"expected a known hyperparameter; found {name!r}. {hint}"


def _checked(argument: Any, value: Any) -> Any:
    kind, least, most = (
        str(argument.type),
        argument.metadata["least"],
        argument.metadata["most"],
    )
    if argument.metadata["choices"]:
        return _chosen(argument.name, argument.metadata["choices"], value)
    converted = _converted(kind, value)
    if converted is not None and _within(converted, least, most):
        return converted
    raise _refusal(argument.name, _TYPES[kind] + _bounds(least, most), value)


def _passed(name: str, field: Passed, value: Any) -> Any:
    if field.choices:
        return _chosen(name, field.choices, value)
    for kind in field.types:
        converted = _of_schema(kind, value)
        if converted is not None and _within(converted, field.least, field.most):
            return converted
    nouns = {"object": "an object", "array": "a list of texts"}
    expected = " or ".join(
        nouns.get(kind) or _TYPES[_SCHEMA_TYPES[kind]] for kind in field.types
    )
    raise _refusal(name, expected + _bounds(field.least, field.most), value)


def _chosen(name: str, choices: tuple[str, ...], value: Any) -> Any:
    if value in choices:
        return value
    raise _refusal(name, f"one of {', '.join(choices)}", value)


def _of_schema(kind: str, value: Any) -> Any:
    if kind == "object":
        return value if isinstance(value, dict) else None
    if kind == "array":
        return (
            value
            if isinstance(value, list) and all(isinstance(item, str) for item in value)
            else None
        )
    if kind == "string":
        return None if isinstance(value, dict | list) else _converted("str", value)
    return _converted(_SCHEMA_TYPES[kind], value)


def _within(value: Any, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _bounds(least: float | None, most: float | None) -> str:
    return (f" from {least:g}" if least is not None else "") + (
        f" to {most:g}" if most is not None else ""
    )


def _refusal(name: str, expected: str, value: Any) -> HyperparameterError:
    return HyperparameterError(
        f"hyperparameter {name}: expected {expected}; found {value!r}. Correct it."
    )


def _converted(kind: str, value: Any) -> Any:
    if kind == "str":
        return value if isinstance(value, str) else json.dumps(value)
    if kind == "bool":
        return {"true": True, "false": False}.get(str(value).lower())
    number = None if isinstance(value, bool) else _number(value)
    if kind == "int" and number is not None:
        return int(number) if number.is_integer() else None
    return number


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
