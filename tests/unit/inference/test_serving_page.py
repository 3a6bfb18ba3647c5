from __future__ import annotations

from pathlib import Path

import pytest

from inference.server.app import BODY_LIMIT_BYTES, BODY_TIMEOUT_SECONDS
from inference.server.batcher import CAPACITY_CALLS
from inference.server.container_app import BODY_LIMIT_BYTES as STRICT_LIMIT
from inference.server.http_protocol import HEADERS_SECONDS
from tests.contract.differences import OURS, STRICT, Difference

PAGE = (Path(__file__).parents[3] / "docs" / "serving.md").read_text("utf-8")
HEAD = "| | the container | here | why |\n|---|---|---|---|\n"


@pytest.mark.parametrize(("mark", "table"), [("ours", OURS), ("strict", STRICT)])
def test_page_shows_every_deliberate_difference(
    mark: str, table: tuple[Difference, ...]
) -> None:
    assert (
        f"<!-- {mark} -->\n\n{HEAD}" + "\n".join(row.row() for row in table) + "\n\n"
        in PAGE
    )


def test_page_names_the_limits() -> None:
    limits = (
        f"{BODY_LIMIT_BYTES:,} bytes",
        f"time to send it | {BODY_TIMEOUT_SECONDS:.0f} s |",
        f"request's headers | {HEADERS_SECONDS:.0f} s |",
        f"on a new connection | {HEADERS_SECONDS:.0f} s |",
        f"| {CAPACITY_CALLS}, or as many",
        f"{STRICT_LIMIT:,} bytes",
    )
    assert [limit for limit in limits if limit not in PAGE] == []


@pytest.mark.parametrize(
    "name",
    [
        "HF_TASK",
        "HF_MODEL_ID",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
        "MMS_MAX_REQUEST_SIZE",
        "SAGEMAKER_SUBMIT_DIRECTORY",
        "SAGEMAKER_MULTI_MODEL",
        "TRAINDROP_STRICT",
    ],
)
def test_page_says_what_becomes_of_every_variable(name: str) -> None:
    assert f"`{name}`" in PAGE
