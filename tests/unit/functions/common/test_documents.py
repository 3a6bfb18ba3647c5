from __future__ import annotations

from functions.common.documents import CONTENT_TYPES, DOCUMENT_FILES, document_paths


def test_only_documents_that_there_are_have_a_path() -> None:
    assert document_paths("r-1", ["report.html", "evaluation.json"]) == {
        "report": "/runs/r-1/report"
    }


def test_every_document_has_a_content_type() -> None:
    assert {*DOCUMENT_FILES.values()} == {*CONTENT_TYPES}
