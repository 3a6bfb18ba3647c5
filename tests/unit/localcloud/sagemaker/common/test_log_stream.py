from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.sagemaker.common.log_stream import batch_size

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef


def lines(*sizes: int) -> list[InputLogEventTypeDef]:
    return [{"timestamp": 1, "message": "x" * size} for size in sizes]


def test_a_batch_stays_below_the_limits_of_put_log_events() -> None:
    assert batch_size(lines(10, 10)) == 2
    assert batch_size(lines(*[1] * 1500)) == 1000
    assert batch_size(lines(500_000, 300_000, 200_000)) == 2


def test_a_batch_has_at_least_one_line() -> None:
    assert batch_size(lines(2_000_000, 1)) == 1
