"""`docs/tasks.md`: every task as the registry knows it, with a call that a real model answered.

The calls are in `docs/tasks-calls.json`, where the end-to-end tests record them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tasks.base import Column, Task
from tasks.registry import every_variant, names_of

CALLS = Path(__file__).parents[2] / "docs" / "tasks-calls.json"
Calls = Mapping[str, Mapping[str, Any]]
"""Name of a form, as `name_of` gives it, to `{"request", "response"}`."""


class NoCallError(LookupError):
    """A form of a task has no recorded call."""


_HEAD = """# Tasks

Generated from the registry in `tasks/`; `make generate` writes it anew. What a drop is for is told by its columns;
`task:` in [`traindrop.yaml`](traindrop-yaml.md) says it outright, by any of the names below. Column names are compared
without case and outer spaces; spaces and hyphens count as `_`. Each request was answered by a model that the tests
trained from the example drop named beside it, on tiny random weights: the shapes are what counts, not the answers.
"""


def recorded_calls() -> Calls:
    """The calls that the end-to-end tests recorded last."""
    calls: Calls = json.loads(CALLS.read_text("utf-8"))
    return calls


def name_of(form: Task) -> str:
    return names_of(form)[0]


def folder_of(form: Task) -> str:
    """The folder of its example drop below `examples/`."""
    return name_of(form).replace("/", "-")


def page(calls: Calls) -> str:
    """The Markdown page. Raises `NoCallError` where a form has no call."""
    lines = [_HEAD, *_overview(), ""]
    for form in every_variant():
        lines += _section(form, _call(form, calls))
    return "\n".join(lines)


def _overview() -> Iterator[str]:
    yield "| task | columns | judged by | base model |"
    yield "|---|---|---|---|"
    for form in every_variant():
        columns = ", ".join(_column_name(column) for column in form.columns)
        yield f"| `{name_of(form)}` | {columns} | {_metrics(form)} | {_base_model(form)} |"


def _column_name(column: Column) -> str:
    """An optional column stands in brackets."""
    return column.name if column.required else f"[{column.name}]"


def _metrics(form: Task) -> str:
    """All metrics, the one that the gate compares first and in bold."""
    others = [metric for metric in form.metrics if metric != form.metric]
    return ", ".join([f"**{form.metric}**", *others])


def _base_model(form: Task) -> str:
    return f"`{form.base_model}`" if form.base_model else "the stack's `BaseModel`"


def _call(form: Task, calls: Calls) -> Mapping[str, Any]:
    if name_of(form) in calls:
        return calls[name_of(form)]
    raise NoCallError(
        f"docs/tasks-calls.json: expected a call of {name_of(form)}; found none. "
        "Record it: TRAINDROP_RECORD names the file that tests/e2e/test_tasks.py writes to."
    )


def _section(form: Task, call: Mapping[str, Any]) -> Iterator[str]:
    name, *others = names_of(form)
    heading = "###" if form.variant else "##"
    yield f"{heading} {form.title}: `{name}`\n"
    if others:
        yield f"Also called {_codes(others)}.\n"
    yield from _columns(form)
    defaults = [f"`{name}` {_plain(value)}" for name, value in form.defaults.items()]
    yield f"\nDefaults: {', '.join(defaults)}.\n"
    example = f"examples/{folder_of(form)}/"
    yield f"Example drop: [`{example}`](../{example}). A request and its answer:\n"
    yield _block(call["request"])
    yield _block(call["response"])


def _columns(form: Task) -> Iterator[str]:
    yield "| column | also read as | |"
    yield "|---|---|---|"
    for column in form.columns:
        aliases = _codes(column.aliases) or "-"
        need = "required" if column.required else "optional"
        yield f"| `{column.name}` | {aliases} | {need} |"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _plain(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | str) else f"{value:g}"


def _block(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"```json\n{text}\n```\n"
