"""From the bytes of a settings file to `Options`, or to everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import deployment_modes
from contracts.problems import Problem
from functions.common.schema_violations import SchemaViolation, violations
from functions.common.text import nearest
from functions.inspect.settings_file.base import Hub, Options
from functions.inspect.settings_file.document import Document, DocumentError, read
from functions.inspect.settings_file.rules import broken_rules
from functions.inspect.settings_file.schema import FREE_SCHEMA, SCHEMA
from tasks import UnknownTaskError, find_task
from tasks.trainer_arguments import ALIASES, DECIDED, our_name


def parse(content: bytes, file: str, free: bool = False) -> Options | list[Problem]:
    """The settings, or at least one problem with the file's name and the key's line.

    `free` hyperparameters are those of a training script of the user's own, which alone knows them.
    """
    schema = FREE_SCHEMA if free else SCHEMA
    try:
        document = read(content)
        settings = document.fitted(schema)
    except DocumentError as error:
        return [replace(error.problem, file=file)]
    problems = [
        _problem(violation, document, file)
        for violation in violations(schema, settings)
        if not _is_task(violation)
    ]
    problems += [] if free else _twice(document, file)
    if problems:
        return problems
    options = _options(settings, document.lines, free)
    return list(broken_rules(options, file, free)) or options


def _options(
    content: Mapping[str, Any], lines: Mapping[str, int], free: bool
) -> Options:
    hyperparameters = dict(content.get("hyperparameters", {}))
    hyperparameters = (
        hyperparameters
        if free
        else {our_name(name): value for name, value in hyperparameters.items()}
    )
    base_model = (
        content.get("base_model")
        if free
        else hyperparameters.pop("base_model", content.get("base_model"))
    )
    return Options(
        task=content.get("task"),
        columns=content.get("columns", {}),
        labels=content.get("labels", {}),
        base_model=base_model,
        hyperparameters=hyperparameters,
        compute=_compute(content.get("compute", {})),
        deployment=_deployment(content.get("deployment", {})),
        serving=content.get("serving", {}),
        gate=content.get("gate", {}),
        budget=content.get("budget", {}),
        search=content.get("search", {}),
        hub=Hub(**content["hub"]) if "hub" in content else None,
        example=content.get("example"),
        lines=_lines(lines),
    )


def _compute(values: Mapping[str, Any]) -> dict[str, Any]:
    one = [values["instance_type"]] if "instance_type" in values else []
    types = values.get("instance_types", one)
    return {key: value for key, value in values.items() if key != "instance_type"} | (
        {"instance_types": types} if types else {}
    )


def _deployment(values: Mapping[str, Any]) -> dict[str, Any]:
    """With the mode that the other settings tell, where it is not given."""
    mode = deployment_modes.mode_of_settings(values)
    return {"mode": mode, **values} if mode else dict(values)


def _lines(lines: Mapping[str, int]) -> dict[str, int]:
    """The lines of keys also under our names of them."""
    section = "hyperparameters."
    ours = {
        section + ALIASES[name]: line
        for key, line in lines.items()
        if key.startswith(section) and (name := key.removeprefix(section)) in ALIASES
    }
    return {**lines, **ours}


def _twice(document: Document, file: str) -> Iterator[Problem]:
    """Two names of one setting."""
    hyperparameters = document.content.get("hyperparameters")
    first = {"base_model": "base_model"} if "base_model" in document.content else {}
    for name in hyperparameters if isinstance(hyperparameters, dict) else {}:
        key = f"hyperparameters.{name}"
        other = first.setdefault(our_name(name), key)
        if other != key:
            yield Problem(
                f"one of {other!r} and {key!r}, which mean the same",
                "both",
                "Remove one.",
                file,
                document.lines[key],
                key,
            )


def _is_task(broken: SchemaViolation) -> bool:
    """Whether it is a task after all, in another case or with underscores."""
    try:
        return broken.field in {"task", "hub.task"} and bool(
            find_task(str(broken.value))
        )
    except UnknownTaskError:
        return False


def _problem(broken: SchemaViolation, document: Document, file: str) -> Problem:
    row = document.lines.get(broken.field.partition("[")[0]) or document.lines.get(
        broken.field.rpartition(".")[0], 1
    )
    expected, actual, remedy = (
        _unknown(broken) if broken.is_unknown else _wrong(broken, document)
    )
    return Problem(expected, actual, remedy, file, row, broken.field or None)


def _unknown(broken: SchemaViolation) -> tuple[str, str, str]:
    section, _, name = broken.field.rpartition(".")
    if section == "hyperparameters" and name in DECIDED:
        return (
            "a setting that is yours to make",
            f"one that Traindrop decides: {DECIDED[name]}",
            "Remove it.",
        )
    where = f"a setting of {section}" if section else "a setting"
    return where, f"{name!r}, which there is not", _home(name) or _guess(broken)


def _home(name: str) -> str | None:
    """Where a key belongs that stands in the wrong place."""
    top = SCHEMA["properties"]
    if name in top:
        return f"Write `{name}:` without indentation."
    sections = [
        section
        for section, fields in top.items()
        if section != "hub" and name in fields.get("properties", {})
    ]
    return (
        f"Write it under {' or '.join(f'`{section}:`' for section in sections)}, indented."
        if sections
        else None
    )


MAX_NAMES = 15
"""Of settings that are listed where a key is none of them."""


def _guess(broken: SchemaViolation) -> str:
    return (
        f"Did you mean {broken.nearest!r}?"
        if broken.nearest
        else f"Remove it; there are {_names(broken)}."
    )


def _names(broken: SchemaViolation) -> str:
    shown = broken.names[:MAX_NAMES]
    return ", ".join(shown) + (", …" if len(broken.names) > len(shown) else "")


def _wrong(broken: SchemaViolation, document: Document) -> tuple[str, str, str]:
    return broken.expected, broken.actual, _remedy(broken, document)


def _remedy(broken: SchemaViolation, document: Document) -> str:
    kind, value = broken.schema.get("type"), broken.value
    if broken.is_missing:
        return f"Add {broken.key!r}."
    if (
        broken.field == "compute.max_runtime_seconds"
        and isinstance(value, int)
        and value > broken.schema["maximum"]
    ):
        return "SageMaker lets no job run for more than 28 days."
    if value is None:
        return "Write a value after the colon, or remove the line."
    if (
        kind in {"integer", "number", "boolean"}
        and broken.field in document.quoted
        and _is_plain(value)
    ):
        return "Remove the quotes."
    guess = nearest(
        str(value), [str(choice) for choice in broken.schema.get("enum", [])]
    )
    return f"Did you mean {guess!r}?" if guess else "Correct it."


def _is_plain(text: Any) -> bool:
    """Whether a text would be a number or a boolean if it stood without quotes."""
    try:
        return not isinstance(read(f"x: {text}".encode()).content["x"], str)
    except DocumentError:
        return False
