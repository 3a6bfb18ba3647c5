from __future__ import annotations

from datetime import timedelta

import pytest

from functions.deploy.check_endpoint import check
from tests.unit.functions.deploy.releases import ENDPOINT, NAME
from tests.unit.functions.fakes import NOW, STAMP, MemoryLedger, MemorySageMaker, now
from tests.unit.functions.specs import RUN

pytestmark = pytest.mark.usefixtures("judged")


def test_the_endpoint_is_live_on_the_runs_config_only(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.record(
        RUN, deployment={"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP}
    )
    sagemaker.add_endpoint(ENDPOINT, NAME)
    later = NOW + timedelta(seconds=75)
    assert check(RUN, ledger, sagemaker, lambda: later) == {
        "outcome": "live",
        "age_seconds": 75,
    }
    assert ledger.get_run(RUN).write()["status"] == "verifying"


def test_an_endpoint_back_on_the_old_config_has_rolled_back(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.record(
        RUN, deployment={"endpoint": ENDPOINT, "config": NAME, "started_at": STAMP}
    )
    modified = NOW + timedelta(seconds=30)
    sagemaker.add_endpoint(
        ENDPOINT, "traindrop--old", FailureReason="no ping", LastModifiedTime=modified
    )
    assert check(RUN, ledger, sagemaker, now)["outcome"] == "rolled_back"
    assert ledger.get_run(RUN).write()["deployment"]["reason"] == "no ping"
