from __future__ import annotations

import pytest

from functions.inspect.common.unpacked_size import BINARY, LINES, UnpackedLimit


@pytest.mark.parametrize(
    ("limit", "packed", "unpacked"),
    [
        (BINARY, 0, 2**27),
        (BINARY, 1000, 2**27),
        (BINARY, 2**30, 200 * 2**30),
        (LINES, 1000, 2**24),
        (LINES, 2**30, 100 * 2**30),
    ],
)
def test_small_files_may_unpack_to_any_ratio(
    limit: UnpackedLimit, packed: int, unpacked: int
) -> None:
    assert limit.of(packed) == unpacked
