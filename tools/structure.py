"""How the code is cut: sizes, density, types, imports and tests of each room, beside what is aimed at.

python -m tools.structure [FOLDER], or `make structure`. FOLDER is a checkout of the repository, by default this one.
"""

from __future__ import annotations

import argparse
import ast
import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.source_modules import (
    ROOT,
    Function,
    ImportGraph,
    Module,
    circles,
    floor_count,
    grouped,
    import_graph,
    importers,
    is_text,
    reachable,
    read_modules,
)

ROOMS = (
    "contracts",
    "tasks",
    "inference",
    "training",
    "functions",
    "localcloud",
    "cli",
)
"""The top-level packages that are shipped or that stand in for AWS; tools, benchmarks and tests are not measured."""
FLOORS = (
    "common",
    "adapters",
    "inspect",
    "train",
    "judge",
    "deploy",
    "notify",
    "explain",
    "sweep",
    "api",
)
"""The packages of `functions/` from the bottom up. An import of a package further up is an arrow up."""
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


def read_code(root: Path) -> Code:
    modules = read_modules(root, ROOMS)
    test_files = (root / "tests").rglob("test_*.py")
    tests = frozenset(path.relative_to(root) for path in test_files)
    return Code(modules, import_graph(modules), tests, handler_modules(root))


def handler_modules(root: Path) -> list[str]:
    """`functions.judge.handler` for `Handler: functions.judge.handler.handle` in `template.yaml`, each once."""
    template = root / "template.yaml"
    text = template.read_text("utf-8") if template.exists() else ""
    return sorted(set(re.findall(r"\bHandler: *([\w.]+)\.\w+", text)))


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


def table(code: Code) -> Iterator[str]:
    """One line a figure, one column a room, then all rooms together, then the aim."""
    yield _line("", [*ROOMS, "all"], "aim")
    for figure in FIGURES:
        cells = [figure.measure(code.of(room), code) for room in ROOMS]
        together = figure.measure(list(code.modules.values()), code)
        yield _line(figure.title, [*cells, together], figure.aim)


def _line(title: str, cells: Sequence[str], aim: str) -> str:
    columns = "".join(f"{cell:>14}" for cell in cells)
    return f"{title:<20}{columns}   {aim}".rstrip()


def definitions() -> Iterator[str]:
    for figure in FIGURES:
        yield f"{figure.title + ':':<21}{figure.definition}"


# ---- packages inside functions/, circles, handlers ------------------------------------------------------------------


def inner_packages(code: Code, room: str, opened: Sequence[str] = ()) -> ImportGraph:
    """The arrows between the packages and modules directly in a room, or directly in one of the `opened` packages."""
    parents = (room, *opened)
    group_of = {}
    for module in code.of(room):
        if module.name not in parents:
            group_of[module.name] = _child(module.name, parents)
    return grouped(code.imports, group_of)


def _child(name: str, parents: Sequence[str]) -> str:
    """`functions.judge` for `functions.judge.gate` where `functions` is the innermost of the parents."""
    around = [parent for parent in parents if name.startswith(f"{parent}.")]
    parent = max(around, key=len)
    return name[: (name + ".").index(".", len(parent) + 1)]


def arrows_up(graph: ImportGraph) -> list[tuple[str, str]]:
    """The arrows between packages of `functions/` that go up in the order of `FLOORS`."""
    floor_of = {f"functions.{package}": floor for floor, package in enumerate(FLOORS)}
    arrows = []
    for importer, imported in graph.items():
        for name in sorted(imported):
            if floor_of.get(importer, len(FLOORS)) < floor_of.get(name, 0):
                arrows.append((importer, name))
    return arrows


def folder_graph(code: Code) -> ImportGraph:
    """The arrows between folders; a folder inside another is a folder of its own."""
    folder_of = {name: module.folder for name, module in code.modules.items()}
    return grouped(code.imports, folder_of)


def repeated_type_names(code: Code) -> list[str]:
    """Names of classes and of type aliases that more than one module defines."""
    counts: Counter[str] = Counter()
    for module in code.modules.values():
        counts.update(set(_type_names(module)))
    return sorted(name for name, count in counts.items() if count > 1)


def _type_names(module: Module) -> Iterator[str]:
    """Classes anywhere, and at the module's top assignments such as `Batch = Mapping[str, Array]`."""
    for node in module.nodes:
        if isinstance(node, ast.ClassDef):
            yield node.name
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and isinstance(
            statement.targets[0], ast.Name
        ):
            name = statement.targets[0].id
            if name[0].isupper() and not name.isupper():
                yield name


def repeated_module_names(code: Code) -> list[str]:
    """File names that more than one folder has; `__init__` and `__main__` aside."""
    names = [module.path.stem for module in code.modules.values()]
    counts = Counter(name for name in names if not name.startswith("__"))
    return sorted(name for name, count in counts.items() if count > 1)


def import_lines(code: Code, opened: Sequence[str]) -> Iterator[str]:
    graph = inner_packages(code, "functions", opened)
    arrow_count = sum(map(len, graph.values()))
    yield f"Inside functions/: {len(graph)} packages (aim: 12), {arrow_count} arrows, {floor_count(graph)} floors"
    yield from _listed(
        "arrows up inside functions/ (aim: none)", map(" -> ".join, arrows_up(graph))
    )
    yield from _listed(
        "import circles between packages of functions/ (aim: none)",
        map(", ".join, circles(graph)),
    )
    yield from _listed(
        "import circles between modules (aim: none)",
        map(", ".join, circles(code.imports)),
    )
    yield from _listed(
        "import circles between folders", map(", ".join, circles(folder_graph(code)))
    )


def name_lines(code: Code) -> Iterator[str]:
    types = repeated_type_names(code)
    files = repeated_module_names(code)
    yield f"{len(types)} type names in several modules: {', '.join(types)}"
    yield f"{len(files)} module names in several folders: {', '.join(files)}"


def _listed(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = list(items)
    yield f"{len(lines)} {title}"
    for line in lines:
        yield f"    {line}"


def handler_lines(code: Code) -> Iterator[str]:
    yield "Modules that each Lambda handler imports, directly or through others"
    for name in code.handlers:
        imported = reachable(code.imports, name)
        counts = Counter(code.modules[module].room for module in imported)
        rooms = ", ".join(f"{room} {count}" for room, count in counts.most_common())
        yield f"    {name:<45}{len(imported):>4}   {rooms}"


def report(code: Code, opened: Sequence[str] = ()) -> Iterator[str]:
    yield from table(code)
    yield ""
    yield from definitions()
    yield ""
    yield from import_lines(code, opened)
    yield ""
    yield from name_lines(code)
    yield ""
    yield from handler_lines(code)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT, help="(default: this checkout)"
    )
    parser.add_argument(
        "--open",
        nargs="+",
        default=[],
        metavar="PACKAGE",
        help="packages of functions/ whose modules count as packages of their own",
    )
    arguments = parser.parse_args()
    for line in report(read_code(arguments.folder), arguments.open):
        print(line)


if __name__ == "__main__":
    main()
