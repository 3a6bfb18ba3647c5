from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools import structure
from tools.source_modules import Function, Module, import_graph
from tools.structure import Code

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


def code_of(**sources: str) -> Code:
    modules = {
        f"functions.{name}": Module(
            f"functions.{name}", Path(f"functions/{name}.py"), text
        )
        for name, text in sources.items()
    }
    return Code(modules, import_graph(modules), frozenset())


def measured(title: str, code: Code, room: str = "functions") -> str:
    figure = next(figure for figure in structure.FIGURES if figure.title == title)
    return figure.measure(code.of(room), code)


def function(text: str) -> Function:
    parsed = ast.parse(text).body[0]
    assert isinstance(parsed, Function)
    return parsed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a: int, *b: str, c: float = 1, **d: bytes) -> None: ...", False),
        ("def f(a): ...", False),
        ("def f(a: Any) -> None: ...", True),
        ("def f(a: int, /, b: dict[str, Any]) -> None: ...", True),
        ("def f(*a: Any) -> None: ...", True),
        ("def f(*, a: list[Any] | None) -> None: ...", True),
        ("def f(**a: Any) -> None: ...", True),
        ("async def f() -> Callable[..., Any]: ...", True),
    ],
)
def test_any_is_seen_wherever_it_stands_in_a_signature(
    text: str, expected: bool
) -> None:
    assert structure.has_any(function(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x['key']", True),
        ("x.get('key')", True),
        ("x.pop('key', None)", True),
        ("x.setdefault('key', [])", True),
        ("x[0]", False),
        ("x[key]", False),
        ("x.get(key)", False),
        ("x.get()", False),
        ("get('key')", False),
        ("x.find('key')", False),
    ],
)
def test_string_keys_are_texts_in_brackets_and_in_mapping_methods(
    text: str, expected: bool
) -> None:
    parsed = ast.parse(text, mode="eval").body
    assert structure.is_string_key(parsed) is expected


def test_lengths_are_medians_and_the_largest() -> None:
    code = code_of(a="x = 1\n" * 10, b="x = 1\n" * 20, c="x = 1\n" * 450)
    assert measured("modules", code) == "3"
    assert measured("lines", code) == "480"
    assert measured("module length", code) == "20 / 450"
    assert measured("large modules", code) == "1"


def test_function_length_is_the_median_and_the_ninetieth_percentile() -> None:
    bodies = [f"def f{number}():\n" + "    x = 1\n" * number for number in range(1, 11)]
    assert measured("function length", code_of(a="".join(bodies))) == "6 / 10"


def test_nodes_are_counted_for_each_line_of_code() -> None:
    # Module, Assign, Name, Store and Constant on one line.
    assert measured("nodes a line", code_of(a='"""Text."""\n\n# why\nx = 1\n')) == "7.0"


def test_shares_are_of_a_rooms_functions_and_lines() -> None:
    code = code_of(a="def f(a: Any): ...\n", b="def g(): ...\n" * 3 + "x['a']\n" * 4)
    assert measured("functions with Any", code) == "25%"
    assert measured("string keys", code) == "500"


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
    assert lines[0].split() == [*structure.ROOMS, "all", "aim"]
    assert lines[1].split() == ["modules", "0", "2", "0", "0", "6", "0", "0", "8"]
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
