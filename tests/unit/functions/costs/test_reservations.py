from __future__ import annotations

import pytest

from contracts.costs import CostCategory, RunningCost
from functions.adapters.cost_book import CostBook
from functions.adapters.errors import TransientError
from functions.costs.reservations import MAX_TRIES, Reservations
from tests.unit.functions.fakes import STAMP, cost_book

COST = RunningCost("job", CostCategory.TRAINING, "m", "m-1", STAMP, reserved_usd=1.0)


def test_who_comes_second_reads_the_sum_again(monkeypatch: pytest.MonkeyPatch) -> None:
    book = cost_book()
    other = RunningCost("other", CostCategory.TRAINING, "m", "m-2", STAMP)
    first_turn = book.turn()
    book.reserve(other, first_turn)
    turns = iter((first_turn, book.turn()))
    monkeypatch.setattr(CostBook, "turn", lambda _: next(turns))
    Reservations(book).reserve(COST)
    assert book.running() == [COST, other]


def test_who_is_never_first_is_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    monkeypatch.setattr(CostBook, "reserve", lambda _, __, turn: tries.append(turn))
    with pytest.raises(TransientError, match="ask again"):
        Reservations(cost_book()).reserve(COST)
    assert len(tries) == MAX_TRIES
