from __future__ import annotations

from pathlib import Path

import pytest

from tools import words
from tools.source_modules import Module
from tools.words import Identifier, Violation


def module(text: str, name: str = "sale") -> Module:
    return Module(f"shop.{name}", Path(f"shop/{name}.py"), text)


def refused(text: str, name: str = "sale") -> list[str]:
    return [
        violation.identifier.name
        for violation in words.violations([module(text, name)])
    ]


@pytest.mark.parametrize(
    "text",
    [
        "told = 1",
        "def _told_of(): ...",
        "async def heard(): ...",
        "class ToldError(Exception): ...",
        "def f(*, asked): ...",
        "lambda given: 1",
        "x.said = 1",
        "for said in x: ...",
        "y = [said for said in x]",
        "with x as said: ...",
        "import x as said",
        "try: ...\nexcept E as told: ...",
        "if (said := 1): ...",
        "class A:\n    rival: int",
        "match x:\n    case [told]: ...",
        "SAID = 1",
    ],
)
def test_a_word_is_refused_wherever_a_name_is_made(text: str) -> None:
    assert len(refused(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = told()",
        "x.told()",
        "f(given=1)",
        "'told'",
        "def test_a_thing_is_told(): ...",
        "x = slots = allotment = 1",
        "not_found = known_failures = each_row = 1",
        "x.visit_Name = 1",
    ],
)
def test_uses_texts_and_names_of_tests_are_not(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize(
    "name", ["found", "_found", "FOUND", "each", "part", "known", "at", "PATIENCE"]
)
def test_some_words_are_refused_as_whole_names(name: str) -> None:
    assert refused(f"{name} = 1") == [name]
    assert refused(f"{name}_rows = 1") == []


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("Fitted", True), ("_Made", True), ("FittedModel", False), ("Speed", False)],
)
def test_a_class_is_not_named_by_a_participle(name: str, refusal: bool) -> None:
    assert bool(refused(f"class {name}: ...")) is refusal
    assert refused(f"{name} = 1") == []


def test_file_names_are_checked_too() -> None:
    assert refused("", "rivals") == ["rivals"]
    assert refused("", "baselines") == []


def test_names_are_split_into_words() -> None:
    assert words.split_words("_told_ofHTTPRun2") == ["told", "of", "http", "run"]


def test_a_violation_is_reported_once_a_file_with_its_first_line() -> None:
    present = list(words.violations([module("x = 1\nsaid = 1\nsaid = 2\n")]))
    assert list(map(str, present)) == [
        "shop/sale.py:2: said: use message, text, output, or what it is"
    ]
    assert [violation.entry for violation in present] == ["shop/sale.py said"]


def violation(name: str, path: str = "a.py") -> Violation:
    return Violation(Path(path), Identifier(name, 7), "another")


def test_what_is_new_and_what_is_no_longer_there_fail() -> None:
    present = [violation("said"), violation("told")]
    assert words.check(present, {"a.py said", "a.py told"}) == []
    assert words.check(present, {"a.py said", "b.py said"}) == [
        "a.py:7: told: use another",
        "b.py said: no longer there. Run: python -m tools.words --update",
    ]


def test_entries_are_read_with_the_marks_of_a_merge_conflict() -> None:
    text = "# Written\n<<<<<<< HEAD\na.py said\n=======\nb.py said\n>>>>>>> main\n\nc.py told\n"
    assert words.allowed_entries(text) == {"a.py said", "b.py said", "c.py told"}


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    path = tmp_path / words.ALLOWED_FILE
    path.parent.mkdir()
    path.write_text(words.allowed_text({"a.py said", "a.py told"}))
    return path


def test_an_update_writes_the_list_anew_after_a_rename(
    allowed: Path, tmp_path: Path
) -> None:
    line = words.update(tmp_path, [violation("said", "b.py")])
    assert line == "tools/words_allowed.txt: 2 identifiers before, 1 now"
    assert words.allowed_entries(allowed.read_text()) == {"b.py said"}
    assert allowed.read_text().startswith("# ")


def test_an_update_does_not_let_the_list_grow(allowed: Path, tmp_path: Path) -> None:
    present = [violation(name) for name in ("said", "told", "lots")]
    with pytest.raises(
        SystemExit,
        match=r"a\.py:7: lots: use another\nthe list would grow from 2 to 3 identifiers",
    ):
        words.update(tmp_path, present)
    assert "lots" not in allowed.read_text()
    words.update(tmp_path, present, grow=True)
    assert words.allowed_entries(allowed.read_text()) == {
        "a.py said",
        "a.py told",
        "a.py lots",
    }


def test_fields_of_documents_are_keys_that_users_read() -> None:
    text = "class Problem:\n    found: str\n    def f(self, at): ...\n"
    document = Module("contracts.problem", Path("contracts/problem.py"), text)
    assert [
        violation.identifier.name for violation in words.violations([document])
    ] == ["at"]
    assert refused(text) == ["found", "at"]
