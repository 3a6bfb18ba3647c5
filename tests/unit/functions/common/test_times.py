from __future__ import annotations

from datetime import UTC, datetime

import pytest

from functions.common.times import age_seconds

NOW = datetime(2026, 1, 1, 12, 0, 30, 900_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "age"),
    [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), 30),
        ("2026-01-01T13:00:00+01:00", 30),
        ("2026-01-01T12:01:00+00:00", 0),
    ],
)
def test_an_age_is_in_whole_seconds_and_never_negative(
    since: datetime | str, age: int
) -> None:
    assert age_seconds(since, NOW) == age
