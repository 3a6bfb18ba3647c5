from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from functions.api.problem_types import PROBLEM_TYPES, type_uri
from functions.common.documents import DOCUMENT_FILES
from tests.unit.stack.template import ROOT
from tools.gateway_responses import RESPONSES

REFUSAL_STATUS = 409
_RAISERS = {"ApiError", "Refusal"}


def constants(call: ast.Call) -> list[object]:
    return [item.value for item in call.args if isinstance(item, ast.Constant)]


def raised() -> Iterator[tuple[int, str]]:
    """Status and code of every refusal that the functions' source names."""
    for path in (ROOT / "functions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            values = constants(node) if node.func.id in _RAISERS else []
            if len(values) > 1 and isinstance(values[0], int):
                yield values[0], str(values[1])
            elif values and isinstance(values[0], str):
                yield REFUSAL_STATUS, values[0]


def documents() -> set[tuple[int, str]]:
    return {(404, f"no_{name}") for name in DOCUMENT_FILES}


def test_the_table_has_the_kinds_that_are_answered_and_no_other() -> None:
    of_functions = {code for _, code in set(raised()) | documents()}
    of_gateway = {response.code for response in RESPONSES.values()}
    assert of_functions | of_gateway == PROBLEM_TYPES.keys()


def test_a_kind_has_one_status() -> None:
    answered = set(raised()) | documents()
    assert len(answered) > 50
    assert answered == {(PROBLEM_TYPES[code].status, code) for _, code in answered}


@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_a_kind_has_a_title_and_a_remedy(code: str) -> None:
    kind = PROBLEM_TYPES[code]
    assert not kind.title.endswith(".")
    assert kind.remedy.endswith(".")
    assert type_uri(code) == f"urn:traindrop:problem:{code}"
    assert code.replace("_", "").isalpha()
