from __future__ import annotations

import pytest

from functions.inspect.common.unpacked_size import (
    FREE_BYTES,
    MAX_RATIO,
    max_unpacked_bytes,
)


@pytest.mark.parametrize(
    ("packed", "unpacked"),
    [(0, FREE_BYTES), (1000, FREE_BYTES), (2**30, 2**30 * MAX_RATIO)],
)
def test_only_large_files_are_held_to_the_ratio(packed: int, unpacked: int) -> None:
    assert max_unpacked_bytes(packed) == unpacked
