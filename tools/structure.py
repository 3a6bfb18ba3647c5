"""How the code is cut: sizes, density, types, imports and tests of each room, beside what is aimed at.

python -m tools.structure [FOLDER], or `make structure`. FOLDER is a checkout of the repository, by default this one.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.code_figures import FIGURES, Code
from tools.source_modules import (
    ROOMS,
    ROOT,
    ImportGraph,
    Module,
    circles,
    floor_count,
    grouped,
    import_graph,
    reachable,
    read_modules,
)

FLOORS = (
    "common",
    "adapters",
    "costs",
    "arrive",
    "inspect",
    "train",
    "judge",
    "deploy",
    "notify",
    "explain",
    "releases",
    "batch",
    "sweep",
    "api",
)
"""The packages of `functions/` from the bottom up. An import of a package further up is an arrow up."""


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
