from __future__ import annotations

from pathlib import Path

import pytest

from tools import structure
from tools.code_figures import FIGURES, Code
from tools.source_modules import ROOMS

SOURCES = {
    "tasks/__init__.py": "",
    "tasks/rows.py": "class Row: ...\n",
    "functions/__init__.py": "",
    "functions/common/__init__.py": "",
    "functions/common/names.py": "Key = str\n",
    "functions/judge/__init__.py": "from functions.common.names import Key\n",
    "functions/judge/handler.py": "from functions.judge import gate\n",
    "functions/judge/gate.py": "from functions.common import names\nfrom tasks import rows\nclass Row: ...\nKey = 1\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("unit/functions/judge/test_gate.py", "integration/test_rows.py"):
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    handlers = [
        f"Handler: functions.judge.handler.{name}\n" for name in ("handle", "other")
    ]
    (tmp_path / "template.yaml").write_text("".join(handlers))
    return tmp_path


def measured(title: str, code: Code, room: str = "functions") -> str:
    figure = next(figure for figure in FIGURES if figure.title == title)
    return figure.measure(code.of(room), code)


def test_imports_and_tests_are_read_from_a_checkout(checkout: Path) -> None:
    code = structure.read_code(checkout)
    assert measured("imported once", code) == "1 (1 small)"
    assert measured("tested by name", code) == "33%"
    assert measured("tested by name", code, "tasks") == "100%"
    assert measured("tested in place", code, "tasks") == "0%"
    assert measured("modules", code, "training") == "0"
    assert measured("nodes a line", code, "training") == "-"


def test_packages_inside_a_room_are_nodes_and_opened_ones_are_not(
    checkout: Path,
) -> None:
    code = structure.read_code(checkout)
    closed = {"functions.common": set(), "functions.judge": {"functions.common"}}
    assert structure.inner_packages(code, "functions") == closed
    assert structure.inner_packages(code, "functions", ["functions.judge"]) == {
        "functions.common": set(),
        "functions.judge.gate": {"functions.common"},
        "functions.judge.handler": {"functions.judge.gate"},
    }


def test_an_arrow_up_goes_against_the_order_of_the_floors() -> None:
    graph = {
        "functions.common": frozenset({"functions.judge"}),
        "functions.judge": frozenset(
            {"functions.common", "functions.inspect", "functions.elsewhere"}
        ),
    }
    assert structure.arrows_up(graph) == [("functions.common", "functions.judge")]


def test_names_that_several_modules_have_are_listed(checkout: Path) -> None:
    (checkout / "tasks" / "gate.py").write_text("ROWS = 1\nrow = 2\n")
    code = structure.read_code(checkout)
    assert structure.repeated_type_names(code) == ["Key", "Row"]
    assert structure.repeated_module_names(code) == ["gate"]


def test_the_report_has_the_table_the_definitions_and_what_handlers_import(
    checkout: Path,
) -> None:
    lines = list(structure.report(structure.read_code(checkout)))
    assert lines[0].split() == [*ROOMS, "all", "aim"]
    assert lines[1].split() == ["modules", "0", "2", "0", "0", "6", "0", "0", "0", "8"]
    assert "modules:             Python files" in lines
    assert "Inside functions/: 2 packages (aim: 12), 1 arrows, 2 floors" in lines
    assert lines[-1].split() == [
        "functions.judge.handler",
        "3",
        "functions",
        "2,",
        "tasks",
        "1",
    ]
