from __future__ import annotations

import json

import pytest

from localcloud.sagemaker.transform.job_request import MEGABYTE, Batching
from localcloud.sagemaker.transform.payloads import (
    PayloadError,
    assembled,
    joined,
    payloads,
)

HALF = b"x" * (MEGABYTE // 2)


def batching(payload_mb: int = 1, strategy: str = "MultiRecord") -> Batching:
    return Batching(1, payload_mb, strategy)


def sizes(records: list[bytes], how: Batching) -> list[int]:
    return [len(batch) for batch in payloads(records, how)]


def test_a_request_holds_as_many_records_as_the_limit_allows() -> None:
    assert sizes([HALF, HALF, HALF, b"x"], batching()) == [2, 2]
    assert sizes([HALF] * 5, batching(payload_mb=0)) == [5]
    assert sizes([b"a", b"b"], batching(strategy="SingleRecord")) == [1, 1]
    assert sizes([], batching()) == []


def test_a_record_above_the_limit_is_refused() -> None:
    with pytest.raises(PayloadError, match="a record of 1048577 bytes, at most"):
        sizes([b"x" * (MEGABYTE + 1)], batching())


def test_a_response_is_whole_lines() -> None:
    assert assembled(b"a") == b"a\n"
    assert assembled(b"a\n") == b"a\n"


def test_columns_of_csv_join_at_the_end() -> None:
    records = [b'1,"a,b"\r\n', b"2,c"]
    assert joined(records, b"x,0.5\r\ny,0.25\r\n", is_csv=True) == (
        b'1,"a,b",x,0.5\n2,c,y,0.25\n'
    )


def test_json_that_is_no_object_joins_as_an_object_of_both() -> None:
    [line] = joined([b"[1, 2]\n"], b'"\xc3\xa4"', is_csv=False).splitlines()
    assert json.loads(line) == {"SageMakerInput": [1, 2], "SageMakerOutput": "ä"}


@pytest.mark.parametrize(
    ("response", "words"), [(b"1\n2", r"\(1 and 2\)"), (b"NaN,", "not JSON")]
)
def test_what_cannot_be_joined_says_why(response: bytes, words: str) -> None:
    with pytest.raises(PayloadError, match=words):
        joined([b"{}"], response, is_csv=False)
