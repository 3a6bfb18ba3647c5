"""What holds of the imports between modules, rooms and packages; `make structure` prints what is only aimed at."""

from __future__ import annotations

import ast

import pytest

from tools import structure
from tools.code_figures import Code
from tools.source_modules import ROOMS, ROOT, circles, imported_modules, read_modules
from tools.structure import FLOORS

MODULES = read_modules(ROOT, [*ROOMS, "tools", "benchmarks", "tests"])
MAY_IMPORT: dict[str, set[str]] = {
    "contracts": set(),
    "tasks": {"contracts"},
    "inference": {"contracts", "tasks"},
    "training": {"contracts", "tasks", "inference"},
    "functions": {"contracts", "tasks", "inference"},
    "localcloud": {"contracts"},
    "traindrop": {"contracts"},
    "cli": {"contracts", "functions", "localcloud", "tools", "traindrop"},
}
"""Room -> the other rooms whose modules its own may import."""


@pytest.fixture(scope="module")
def code() -> Code:
    return structure.read_code(ROOT)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    wrong = []
    for name, module in MODULES.items():
        if module.room != room:
            continue
        for imported in imported_modules(module, MODULES):
            if MODULES[imported].room not in {room, *MAY_IMPORT[room]}:
                wrong.append(f"{name} imports {imported}")
    assert not wrong


def test_modules_import_each_other_in_no_circle(code: Code) -> None:
    assert circles(code.imports) == []


def test_folders_import_each_other_in_no_circle(code: Code) -> None:
    assert circles(structure.folder_graph(code)) == []


COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@pytest.mark.parametrize("room", ROOMS)
def test_no_comprehension_lies_inside_another(room: str) -> None:
    wrong = []
    for name, module in MODULES.items():
        if module.room != room:
            continue
        for node in module.nodes:
            if not isinstance(node, COMPREHENSIONS):
                continue
            inner = [
                child for child in ast.walk(node) if isinstance(child, COMPREHENSIONS)
            ]
            if len(inner) > 1:
                wrong.append(f"{name}, line {node.lineno}: name the inner one")
    assert not wrong


def test_the_packages_of_functions_have_their_floors(code: Code) -> None:
    """A new package stands on a floor of `FLOORS`, where it is seen what it may import."""
    graph = structure.inner_packages(code, "functions")
    assert set(graph) == {f"functions.{package}" for package in FLOORS}
    assert len(graph) <= 14


def test_no_package_of_functions_imports_one_further_up(code: Code) -> None:
    graph = structure.inner_packages(code, "functions")
    assert structure.arrows_up(graph) == []
