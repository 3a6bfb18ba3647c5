from __future__ import annotations

import pytest

from functions.adapters.ledger import LedgerConflictError
from functions.deploy.promote import promote
from tests.unit.functions.fakes import MemoryLedger
from tests.unit.functions.specs import RUN


def test_the_first_release_has_nothing_to_retire(ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="verifying")
    assert promote(RUN, ledger) == {"outcome": "promoted", "grace": False}
    assert promote(RUN, ledger) == {"outcome": "promoted", "grace": False}


def test_the_next_release_supersedes_the_champion(ledger: MemoryLedger) -> None:
    ledger.add("reviews-old", status="live")
    ledger.add(RUN, status="verifying")
    assert promote(RUN, ledger) == {"outcome": "promoted", "grace": True}
    assert ledger.get_run("reviews-old").write()["status"] == "superseded"


def test_a_run_that_lost_its_model_is_not_promoted(ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="failed")
    with pytest.raises(LedgerConflictError):
        promote(RUN, ledger)
