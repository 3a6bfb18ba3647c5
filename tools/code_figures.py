"""Figures of the code of a room: sizes, density, types and tests."""

from __future__ import annotations

import ast
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.source_modules import (
    Function,
    ImportGraph,
    Module,
    importers,
    is_text,
)

MAPPING_METHODS = ("get", "pop", "setdefault")
SMALL_LINES = 60
LARGE_LINES = 400


@dataclass(frozen=True)
class Code:
    """The modules of the rooms, who imports whom among them, and the paths of all test files below `tests/`."""

    modules: Mapping[str, Module]
    imports: ImportGraph
    tests: frozenset[Path]
    handlers: Sequence[str] = ()
    """Names of the modules that `template.yaml` names as handlers."""

    def of(self, room: str) -> list[Module]:
        return [module for module in self.modules.values() if module.room == room]


@dataclass(frozen=True)
class Figure:
    """A line of the report. `measure` takes the modules of one room, or of all rooms."""

    title: str
    definition: str
    measure: Callable[[Sequence[Module], Code], str]
    aim: str = ""


# ---- sizes --------------------------------------------------------------------------------------------------------


def module_count(modules: Sequence[Module], _: Code) -> str:
    return f"{len(modules):,}"


def line_count(modules: Sequence[Module], _: Code) -> str:
    return f"{sum(module.line_count for module in modules):,}"


def module_lengths(modules: Sequence[Module], _: Code) -> str:
    lengths = [module.line_count for module in modules if not module.is_package]
    return f"{statistics.median(lengths):.0f} / {max(lengths):,}" if lengths else "-"


def large_modules(modules: Sequence[Module], _: Code) -> str:
    return str(sum(module.line_count > LARGE_LINES for module in modules))


def function_lengths(modules: Sequence[Module], _: Code) -> str:
    lengths = sorted(
        _length(function) for module in modules for function in module.functions
    )
    if not lengths:
        return "-"
    ninetieth = lengths[math.ceil(0.9 * len(lengths)) - 1]
    return f"{statistics.median(lengths):.0f} / {ninetieth}"


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


# ---- how it is written --------------------------------------------------------------------------------------------


def nodes_per_line(modules: Sequence[Module], _: Code) -> str:
    nodes = sum(len(module.nodes) for module in modules)
    lines = sum(module.code_line_count() for module in modules)
    return f"{nodes / lines:.1f}" if lines else "-"


def functions_with_any(modules: Sequence[Module], _: Code) -> str:
    functions = [function for module in modules for function in module.functions]
    return _share(sum(map(has_any, functions)), len(functions))


def has_any(function: Function) -> bool:
    """Whether an annotation of an argument or of the result contains `Any`, as `dict[str, Any]` does."""
    annotations = [argument.annotation for argument in _arguments(function)]
    return any(map(_names_any, [*annotations, function.returns]))


def _arguments(function: Function) -> list[ast.arg]:
    declared = function.args
    starred = [argument for argument in (declared.vararg, declared.kwarg) if argument]
    return [*declared.posonlyargs, *declared.args, *declared.kwonlyargs, *starred]


def _names_any(annotation: ast.expr | None) -> bool:
    nodes = ast.walk(annotation) if annotation else ()
    return any(isinstance(node, ast.Name) and node.id == "Any" for node in nodes)


def string_keys(modules: Sequence[Module], _: Code) -> str:
    count = 0
    for module in modules:
        count += sum(map(is_string_key, module.nodes))
    lines = sum(module.line_count for module in modules)
    return f"{1000 * count / lines:.0f}" if lines else "-"


def is_string_key(node: ast.AST) -> bool:
    """`found["rows"]`, and `found.get("rows")`, `.pop("rows")` or `.setdefault("rows", …)`."""
    if isinstance(node, ast.Subscript):
        return is_text(node.slice)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        key = node.args[0] if node.args else node
        return node.func.attr in MAPPING_METHODS and is_text(key)
    return False


# ---- imports and tests --------------------------------------------------------------------------------------------


def imported_once(modules: Sequence[Module], code: Code) -> str:
    once = [
        module for module in modules if len(importers(code.imports, module.name)) == 1
    ]
    small = [
        module
        for module in once
        if module.line_count < SMALL_LINES and not module.is_package
    ]
    return f"{len(once)} ({len(small)} small)"


def tested_by_name(modules: Sequence[Module], code: Code) -> str:
    test_names = {path.name for path in code.tests}
    names = [module.path.name for module in modules if not module.is_package]
    tested = [name for name in names if f"test_{name}" in test_names]
    return _share(len(tested), len(names))


def tested_in_place(modules: Sequence[Module], code: Code) -> str:
    plain = [module for module in modules if not module.is_package]
    tested = [module for module in plain if mirrored_test(module) in code.tests]
    return _share(len(tested), len(plain))


def mirrored_test(module: Module) -> Path:
    """`tests/unit/functions/judge/test_gate.py` for `functions/judge/gate.py`."""
    return Path("tests", "unit", module.path.parent, f"test_{module.path.name}")


def _share(count: int, total: int) -> str:
    return f"{count / total:.0%}" if total else "-"


FIGURES = (
    Figure("modules", "Python files", module_count),
    Figure(
        "lines", "all lines of these files, blank ones and comments too", line_count
    ),
    Figure(
        "module length",
        "median / maximum in lines, `__init__` aside",
        module_lengths,
        "80 to 150 / 400",
    ),
    Figure(
        "large modules", f"modules of more than {LARGE_LINES} lines", large_modules, "0"
    ),
    Figure(
        "function length",
        "median / 90th percentile in lines",
        function_lengths,
        "< 10 / < 30",
    ),
    Figure(
        "nodes a line",
        "nodes of the syntax tree (`ast.walk`) for each line that is not blank, a comment or a docstring",
        nodes_per_line,
        "7.5",
    ),
    Figure(
        "functions with Any",
        "share of functions and methods with `Any` in an annotation",
        functions_with_any,
        "< 15%",
    ),
    Figure(
        "string keys",
        'x["key"], x.get("key"), x.pop("key") and x.setdefault("key", …) for each 1,000 lines',
        string_keys,
        "< 45",
    ),
    Figure(
        "imported once",
        f"modules that exactly one other module of the rooms imports; small: under {SMALL_LINES} lines",
        imported_once,
    ),
    Figure(
        "tested by name",
        "share of modules `x`, `__init__` aside, with a `test_x.py` below tests/",
        tested_by_name,
        "80%",
    ),
    Figure(
        "tested in place",
        "the same, where it lies at the mirrored path below tests/unit/",
        tested_in_place,
        "80%",
    ),
)
