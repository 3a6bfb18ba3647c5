"""What stands in `contracts/` stands nowhere else: files, keys, paths and variables are named by its constants."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from contracts import environment, locations

ROOT = Path(__file__).parents[3]
ROOMS = (
    "tasks",
    "deployment_modes",
    "functions",
    "training",
    "inference",
    "localcloud",
    "tools",
    "benchmarks",
)
OF_AWS = ("localcloud/sagemaker/", "benchmarks/serving_peers/")
"""SageMaker itself, and the container's server: they keep AWS's contract, whoever is on the other side."""
PREFIXES = (
    locations.DATASETS,
    locations.RUNS,
    locations.CHECKPOINTS,
    locations.OUTPUTS,
    locations.MODELS,
    locations.BASE_MODELS,
    locations.CONTAINER_ROOT,
)
FILES = (
    locations.SPEC,
    locations.PROFILE,
    locations.EVALUATION,
    locations.VERIFICATION,
    locations.REPORT,
    locations.ROWS,
    locations.MODEL_ARCHIVE,
    locations.OUTPUT_ARCHIVE,
    locations.SOURCE_ARCHIVE,
)


def variables() -> Iterator[str]:
    for value in vars(environment).values():
        if isinstance(value, type) and issubclass(value, StrEnum):
            yield from value
    yield environment.LOCAL_STATE


VARIABLES = frozenset(variables())


def is_contract(text: str) -> bool:
    """Whether a string of the source, or a part of an f-string, is a name of the contract; sentences are none."""
    if re.search(r"\s", text):
        return False
    return (
        text in VARIABLES
        or text.startswith((*PREFIXES, environment.CHANNEL_PREFIX))
        or text.endswith(FILES)
    )


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each such string; docstrings are left out."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in alone:
            continue
        if isinstance(node.value, str) and is_contract(node.value):
            yield node.lineno, node.value


def sources() -> list[str]:
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in paths)
    return [name for name in names if not name.startswith(OF_AWS)]


@pytest.mark.parametrize("name", sources())
def test_no_literal_of_a_contract_stands_in(name: str) -> None:
    result = [
        f"{name}:{line}: {text!r}"
        for line, text in literals((ROOT / name).read_text("utf-8"))
    ]
    assert not result, "name it by a constant of contracts/"


def test_strings_are_told_from_docstrings_and_sentences() -> None:
    source = '"""runs/"""\nx = f"runs/{y}/spec.json"\nraise E("spec.json is missing")\nz = "SM_MODEL_DIR"\n'
    assert sorted(literals(source)) == [
        (2, "/spec.json"),
        (2, "runs/"),
        (4, "SM_MODEL_DIR"),
    ]
