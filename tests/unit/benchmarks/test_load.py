from __future__ import annotations

import pytest

from benchmarks.load import Plan, has_ended, is_claimed, main
from contracts.run_record import RunStatus


def test_drops_are_divided_among_the_models() -> None:
    plan = Plan(drops=5, models=2)
    assert [plan.drop_count(number) for number in range(2)] == [3, 2]


@pytest.mark.parametrize(
    ("statuses", "claimed", "ended"),
    [
        ([], False, False),
        ([RunStatus.INSPECTING], False, False),
        ([RunStatus.TRAINING], True, False),
        ([RunStatus.LIVE], True, True),
    ],
)
def test_the_next_drop_comes_when_a_run_has_the_one_before(
    statuses: list[RunStatus], claimed: bool, ended: bool
) -> None:
    assert is_claimed(statuses, 1) is claimed
    assert has_ended(statuses, 1) is ended
    assert not is_claimed(statuses, 2)


def test_more_models_than_drops_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--drops", "1", "--models", "2"])
    assert "expected --models, then --drops, then 200" in capsys.readouterr().err
