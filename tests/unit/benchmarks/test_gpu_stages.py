from __future__ import annotations

from benchmarks.gpu_stages import STAGES


def test_what_a_row_is_compared_with_is_a_row_of_its_stage() -> None:
    for stage in STAGES.values():
        for row in stage.rows:
            peer = stage.compared_with(row)
            assert peer is None or peer in stage.rows


def test_the_device_comes_first() -> None:
    assert next(iter(STAGES)) == "device"
