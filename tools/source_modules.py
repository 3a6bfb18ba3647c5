"""The Python modules of the repository as syntax trees, and which of them imports which."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = (
    "contracts",
    "tasks",
    "inference",
    "training",
    "functions",
    "localcloud",
    "traindrop",
    "cli",
)
"""The top-level packages that are shipped or that stand in for AWS; tools, benchmarks and tests are not measured."""

ImportGraph = Mapping[str, frozenset[str]]
"""Name of a module -> names of the modules it imports."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file; `name` is dotted, as an import statement has it. `path` is relative to the repository."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the syntax tree."""
        return list(ast.walk(self.tree))

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """The top-level package."""
        return self.name.partition(".")[0]

    @property
    def folder(self) -> str:
        """The package that the file lies in; a package lies in itself."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())

    @property
    def functions(self) -> list[Function]:
        return [node for node in self.nodes if isinstance(node, Function)]

    def code_line_count(self) -> int:
        """Lines that are not blank, not a comment and not part of a docstring."""
        docstrings = docstring_lines(self.nodes)
        count = 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            stripped = line.strip()
            if stripped and not stripped.startswith("#") and number not in docstrings:
                count += 1
        return count


def docstring_lines(nodes: Sequence[ast.AST]) -> set[int]:
    """Numbers of the lines that docstrings of modules, classes and functions take."""
    lines: set[int] = set()
    for node in nodes:
        if not isinstance(node, ast.Module | ast.ClassDef | Function):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and is_text(first.value):
            last_line = first.end_lineno or first.lineno
            lines.update(range(first.lineno, last_line + 1))
    return lines


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def read_modules(root: Path, rooms: Sequence[str]) -> dict[str, Module]:
    """Name -> module, for every Python file of these top-level packages."""
    modules = {}
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            module = read_module(root, path)
            modules[module.name] = module
    return modules


def read_module(root: Path, path: Path) -> Module:
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return Module(".".join(parts), relative, path.read_text("utf-8"))


def import_graph(modules: Mapping[str, Module]) -> ImportGraph:
    """Imports anywhere in a file count: at its top, in functions, and under `TYPE_CHECKING`."""
    return {
        name: frozenset(imported_modules(module, modules))
        for name, module in modules.items()
    }


def imported_modules(module: Module, modules: Mapping[str, Module]) -> Iterator[str]:
    """Names of the modules among `modules` that `module` imports, itself aside."""
    for target in import_targets(module):
        name = _module_of(target, modules)
        if name and name != module.name:
            yield name


def import_targets(module: Module) -> Iterator[str]:
    """Dotted names of modules, or of members of modules."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module)
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    """The module that `from … import` names, without leading dots."""
    if not node.level:
        return node.module or ""
    parts = module.folder.split(".")
    base = parts[: len(parts) - node.level + 1]
    if node.module:
        base = [*base, node.module]
    return ".".join(base)


def _module_of(target: str, modules: Mapping[str, Module]) -> str:
    """The target itself or the module whose member it is; empty where neither is among `modules`.

    An archive's own package is called as one of ours, `traindrop`, but has other modules.
    """
    source = target.rpartition(".")[0]
    return next((name for name in (target, source) if name in modules), "")


def importers(graph: ImportGraph, name: str) -> list[str]:
    """The modules that import `name`."""
    return [importer for importer, imported in graph.items() if name in imported]


def reachable(graph: ImportGraph, start: str) -> set[str]:
    """The modules that `start` imports, directly or through others."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for name in graph.get(waiting.pop(), ()):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


def circles(graph: ImportGraph) -> list[list[str]]:
    """Groups of nodes that reach each other, each sorted."""
    reach = {name: reachable(graph, name) for name in graph}
    groups = set()
    for name, reached in reach.items():
        circle = frozenset(other for other in reached if name in reach[other])
        if circle:
            groups.add(circle)
    return sorted(map(sorted, groups))


def grouped(graph: ImportGraph, group_of: Mapping[str, str]) -> ImportGraph:
    """The arrows between groups of modules. A module without a group is left out."""
    arrows: dict[str, frozenset[str]] = dict.fromkeys(group_of.values(), frozenset())
    for importer, imported in graph.items():
        if importer not in group_of:
            continue
        group = group_of[importer]
        targets = {group_of[name] for name in imported if name in group_of}
        arrows[group] |= targets - {group}
    return arrows


def floor_count(graph: ImportGraph) -> int:
    """The number of nodes in the longest chain of imports; a circle counts as one node."""
    group_of = {name: name for name in graph}
    for circle in circles(graph):
        group_of.update(dict.fromkeys(circle, circle[0]))
    groups = grouped(graph, group_of)
    floors: dict[str, int] = {}
    for group in TopologicalSorter(groups).static_order():
        below = [floors[other] for other in groups[group]]
        floors[group] = 1 + max(below, default=0)
    return max(floors.values(), default=0)
