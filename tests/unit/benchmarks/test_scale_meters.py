from __future__ import annotations

from benchmarks.scale_meters import Level, Pool, RateMeter


def test_calls_are_counted_by_the_second() -> None:
    meter = RateMeter()
    for time in (0.1, 0.9, 1.0, 5.5):
        meter.add(time)
    assert meter.total == 4
    assert meter.peak == 2


def test_calls_of_a_long_function_are_spread_over_it() -> None:
    meter = RateMeter()
    meter.spread(10.0, 4.0, 8.0)
    assert dict(meter.seconds) == {10: 2.0, 11: 2.0, 12: 2.0, 13: 2.0}


def test_a_bucket_refuses_what_it_has_no_token_for() -> None:
    meter = RateMeter()
    meter.add(0, 12)  # 10 tokens
    meter.add(1, 5)  # 3 came back
    meter.add(100, 10)  # full again
    assert meter.refused(burst=10, rate=3) == 2 + 2


def test_a_pool_refuses_while_all_are_held() -> None:
    pool = Pool(most=2)
    assert pool.take(0, 10)
    assert pool.take(5, 10)
    assert not pool.take(9, 1)
    assert pool.take(10, 5)
    assert (pool.peak, pool.refused, pool.in_use(14), pool.in_use(15)) == (2, 1, 2, 0)
    assert pool.mean(100) == 0.25


def test_a_level_goes_up_and_down() -> None:
    level = Level(most=1)
    assert level.take()
    assert not level.take()
    level.give_back()
    assert level.take()
    assert (level.peak, level.refused) == (1, 1)
