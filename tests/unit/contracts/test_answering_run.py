from __future__ import annotations

import pytest

from contracts.answering_run import run_of, with_run


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ("", "run=m-1"),
        ("truncated=2", "truncated=2; run=m-1"),
        ("rerun=3", "rerun=3; run=m-1"),
        ("run=m-1", "run=m-1"),
    ],
)
def test_a_run_is_named_once_beside_what_else_is_there(
    attributes: str, named: str
) -> None:
    assert with_run(attributes, "m-1") == named
    assert run_of(named) == "m-1"


def test_without_a_run_nothing_is_added() -> None:
    assert with_run("truncated=2", "") == "truncated=2"


@pytest.mark.parametrize(
    ("attributes", "run"),
    [("", ""), ("truncated=2", ""), ("rerun=3", ""), ("a,run=m-1;b", "m-1")],
)
def test_the_run_is_read_wherever_it_stands(attributes: str, run: str) -> None:
    assert run_of(attributes) == run
