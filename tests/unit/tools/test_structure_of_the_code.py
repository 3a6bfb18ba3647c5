"""What holds of the imports between modules and rooms. `make structure` prints the figures that are only aimed at."""

from __future__ import annotations

import pytest

from tools.source_modules import ROOT, circles, import_graph, read_modules
from tools.structure import ROOMS

MODULES = read_modules(ROOT, [*ROOMS, "tools", "benchmarks", "tests"])
IMPORTS = import_graph(MODULES)
MAY_IMPORT: dict[str, set[str]] = {
    "contracts": set(),
    "tasks": {"contracts"},
    "inference": {"contracts", "tasks"},
    "training": {"contracts", "tasks", "inference"},
    "functions": {"contracts", "tasks", "inference"},
    "localcloud": {"contracts"},
}
"""Room -> the other rooms whose modules its own may import."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    wrong = []
    for name, imported in IMPORTS.items():
        if MODULES[name].room != room:
            continue
        for other in sorted(imported):
            if MODULES[other].room not in {room, *MAY_IMPORT[room]}:
                wrong.append(f"{name} imports {other}")
    assert not wrong


def test_no_modules_import_each_other_in_a_circle() -> None:
    rooms = {name: module.room for name, module in MODULES.items()}
    elsewhere = [circle for circle in circles(IMPORTS) if rooms[circle[0]] != "training"]
    assert elsewhere == []
    assert len(circles(IMPORTS)) <= 2
