"""What the commands learn from the deployed API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.clients import Api, ApiError, UnreadableRunError
from tests.unit.localcloud.runs import a_run, run_document
from tests.unit.localcloud.test_cloud import filled


class AnsweringApi(Api):
    """Answers every request with the same JSON, and notes the requests."""

    def __init__(self, state: Path, answer: Any) -> None:
        super().__init__(filled(state))
        self.answer, self.requests = answer, list[tuple[str, str]]()

    def _request(self, method: str, path: str, **options: Any) -> Any:
        self.requests.append((method, path))
        return self.answer


def test_an_error_of_the_api_is_shown_with_the_start_of_its_body() -> None:
    error = ApiError(502, "GET /runs/r", "x" * 600)
    assert str(error) == f"GET /runs/r answered 502: {'x' * 500}"
    assert not error.is_not_found
    assert ApiError(404, "GET /runs/r", "").is_not_found


def test_a_run_is_read_by_its_contract_and_its_name_is_quoted(tmp_path: Path) -> None:
    api = AnsweringApi(tmp_path, run_document())
    with api:
        assert api.run("Mein Lauf/1+ü") == a_run()
    assert api.requests == [("GET", "/runs/Mein%20Lauf%2F1%2B%C3%BC")]


def test_a_run_record_of_another_version_is_an_error_that_names_the_field(
    tmp_path: Path,
) -> None:
    document = run_document()
    del document["attempt"]
    with (
        AnsweringApi(tmp_path, document) as api,
        pytest.raises(UnreadableRunError, match="run record, attempt"),
    ):
        api.run("r-1")
