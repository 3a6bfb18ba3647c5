from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools import code_figures
from tools.code_figures import Code
from tools.source_modules import Function, Module, import_graph


def code_of(**sources: str) -> Code:
    modules = {
        f"functions.{name}": Module(
            f"functions.{name}", Path(f"functions/{name}.py"), text
        )
        for name, text in sources.items()
    }
    return Code(modules, import_graph(modules), frozenset())


def measured(title: str, code: Code, room: str = "functions") -> str:
    figure = next(figure for figure in code_figures.FIGURES if figure.title == title)
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
    assert code_figures.has_any(function(text)) is expected


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
    assert code_figures.is_string_key(parsed) is expected


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
