from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.source_modules import (
    Module,
    circles,
    floor_count,
    grouped,
    import_graph,
    importers,
    reachable,
    read_modules,
)


def module(name: str, text: str = "") -> Module:
    return Module(name, Path(*name.split(".")).with_suffix(".py"), text)


def package(name: str, text: str = "") -> Module:
    return Module(name, Path(*name.split("."), "__init__.py"), text)


def imports_of(
    text: str, name: str = "shop.till.sale", others: tuple[str, ...] = ()
) -> set[str]:
    modules = [
        package("shop"),
        package("shop.till"),
        module("shop.stock"),
        module("shop.till.coins"),
    ]
    by_name = {
        source.name: source
        for source in [*modules, *map(module, others), module(name, text)]
    }
    return set(import_graph(by_name)[name])


def graph(arrows: str) -> Mapping[str, frozenset[str]]:
    """`a>bc b>` is `a` that imports `b` and `c`, and `b` that imports nothing."""
    pairs = [entry.split(">") for entry in arrows.split()]
    return {importer: frozenset(imported) for importer, imported in pairs}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import shop.stock", {"shop.stock"}),
        ("from shop import stock", {"shop.stock"}),
        ("from shop.stock import Shelf", {"shop.stock"}),
        ("from shop import OPEN", {"shop"}),
        ("from . import coins", {"shop.till.coins"}),
        ("from .coins import Coin", {"shop.till.coins"}),
        ("from ..stock import Shelf", {"shop.stock"}),
        ("def sell():\n    from shop import stock", {"shop.stock"}),
        ("import json, os.path\nfrom numpy import array", set()),
        ("import shop.till.sale", set()),
    ],
)
def test_imports_are_resolved_to_modules(text: str, expected: set[str]) -> None:
    assert imports_of(text) == expected


def test_a_package_imports_its_own_modules_by_one_dot() -> None:
    modules = {
        "shop": package("shop", "from .stock import Shelf"),
        "shop.stock": module("shop.stock"),
    }
    assert import_graph(modules)["shop"] == {"shop.stock"}


def test_importers_are_found_and_what_is_reachable() -> None:
    arrows = graph("a>b b>c c> d>c")
    assert importers(arrows, "c") == ["b", "d"]
    assert reachable(arrows, "a") == {"b", "c"}


def test_circles_are_groups_that_reach_each_other() -> None:
    assert circles(graph("a>b b>c c>")) == []
    assert circles(graph("a>b b>c c>a d>a e>f f>e")) == [["a", "b", "c"], ["e", "f"]]


@pytest.mark.parametrize(
    ("arrows", "count"),
    [
        ("", 0),
        ("a> b>", 1),
        ("a>bc b>c c>", 3),
        ("a>b b>c c>b", 2),
        ("a>bd b>c c>b d>e e>", 3),
    ],
)
def test_floors_are_the_longest_chain_and_a_circle_is_one(
    arrows: str, count: int
) -> None:
    assert floor_count(graph(arrows)) == count


def test_arrows_inside_a_group_and_to_modules_without_one_are_left_out() -> None:
    group_of = {"a": "one", "b": "one", "c": "two"}
    assert grouped(graph("a>bcx b>a c>"), group_of) == {"one": {"two"}, "two": set()}


def test_code_lines_leave_out_blank_ones_comments_and_docstrings() -> None:
    text = '"""One\ntwo."""\n\n# why\nx = 1  # what\n\ndef f():\n    """Does."""\n    y = """\n"""\n    return y\n'
    assert module("a", text).code_line_count() == 5


def test_modules_are_read_with_dotted_names(tmp_path: Path) -> None:
    for name in ("__init__.py", "stock.py", "till/__init__.py", "till/sale.py"):
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    modules = read_modules(tmp_path, ["shop", "absent"])
    assert list(modules) == ["shop", "shop.stock", "shop.till", "shop.till.sale"]
    assert [source.folder for source in modules.values()] == [
        "shop",
        "shop",
        "shop.till",
        "shop.till",
    ]
    assert modules["shop.till.sale"].room == "shop"
    assert modules["shop.till.sale"].path == Path("shop/till/sale.py")
