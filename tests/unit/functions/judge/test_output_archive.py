from __future__ import annotations

import io
import re
from typing import Any

import pytest

from functions.judge.judge import judge
from functions.judge.output_archive import (
    DOCUMENT_BYTES,
    REQUIRED_BYTES,
    OutputError,
    read_output,
)
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage, cost_book
from tests.unit.functions.judge.evaluations import OUTPUT, VERIFICATION, archive
from tests.unit.functions.specs import RUN, evaluation


def test_documents_are_left_beside_the_evaluation_and_named_in_the_record(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    page, card = "<!doctype html>größe".encode(), b"---\n"
    trained.objects[OUTPUT] = archive(
        "./", page=page, card=card, evaluation=evaluation(), verification=VERIFICATION
    )
    judge(RUN, ledger, trained, cost_book())
    run = ledger.get_run(RUN)
    assert (run.report, run.card) == (f"/runs/{RUN}/report", f"/runs/{RUN}/card")
    assert trained.objects[f"models/{RUN}/report.html"] == page
    assert trained.objects[f"models/{RUN}/README.md"] == card
    assert (
        trained.content_types[f"models/{RUN}/report.html"] == "text/html; charset=utf-8"
    )


def test_a_document_that_the_api_cannot_pass_on_is_left_where_it_is(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        page=b"x" * (DOCUMENT_BYTES + 1),
        evaluation=evaluation(),
        verification=VERIFICATION,
    )
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "promote"}
    assert ledger.get_run(RUN).report is None
    assert f"models/{RUN}/report.html" not in trained.objects


def test_results_missing_from_the_output_are_named() -> None:
    expected = (
        "key: expected verification.json, written by the training job; found none"
    )
    with pytest.raises(OutputError, match=re.escape(expected)):
        read_output(io.BytesIO(archive(evaluation=evaluation())), "key")


@pytest.mark.parametrize(
    "data",
    [b"", b"not a tar", archive(evaluation={})[:40]],
    ids=["empty", "no archive", "cut off"],
)
def test_a_broken_output_is_said_to_be_one(data: bytes) -> None:
    with pytest.raises(OutputError, match="key: expected"):
        read_output(io.BytesIO(data), "key")


def rows(count: int) -> dict[str, Any]:
    return {"tolerance": 0.02, "rows": [{"request": {"inputs": "x"}}] * count}


@pytest.mark.parametrize(
    ("files", "actual"),
    [
        ({"evaluation": b"[" * 200_000}, "found one that is nested too deep"),
        (
            {"verification": b" " * (REQUIRED_BYTES + 1)},
            "found verification.json of 33,554,433 bytes; at most 33,554,432 are read",
        ),
        ({"verification": rows(17)}, "at most 16 rows in verification.json; found 17"),
    ],
    ids=["deep", "large", "many rows"],
)
def test_what_a_job_leaves_is_read_within_limits(
    files: dict[str, Any], actual: str
) -> None:
    output = {"evaluation": evaluation(), "verification": VERIFICATION} | files
    with pytest.raises(OutputError, match=re.escape(actual)):
        read_output(io.BytesIO(archive(**output)), "key")
