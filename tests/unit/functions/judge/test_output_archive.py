from __future__ import annotations

import io
import re

import pytest

from functions.judge.judge import judge
from functions.judge.output_archive import DOCUMENT_BYTES, OutputError, read_output
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage
from tests.unit.functions.judge.evaluations import OUTPUT, archive
from tests.unit.functions.specs import RUN, evaluation


def test_documents_are_left_beside_the_evaluation_and_named_in_the_record(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    page, card = "<!doctype html>größe".encode(), b"---\n"
    trained.objects[OUTPUT] = archive(
        "./", page=page, card=card, evaluation=evaluation(), verification={}
    )
    judge(RUN, ledger, trained)
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
        page=b"x" * (DOCUMENT_BYTES + 1), evaluation=evaluation(), verification={}
    )
    assert judge(RUN, ledger, trained) == {"outcome": "promote"}
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
