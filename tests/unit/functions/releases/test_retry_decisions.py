from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.outcomes import WorkflowStep
from contracts.run_record import RETRIABLE, RunStatus, Training
from contracts.stored_version import StoredVersion
from functions.releases.retry_decisions import Beginning, beginning, refusal_by_record
from tests.unit.functions.fakes import MemoryLedger

ARCHIVE = StoredVersion("models/r/model.tar.gz", "v1", 9)
ENDED = sorted(
    {
        RunStatus.LIVE,
        RunStatus.SUPERSEDED,
        RunStatus.KEPT_BACK,
        RunStatus.REJECTED,
        *RETRIABLE,
    }
)


@pytest.mark.parametrize("status", ENDED)
def test_only_failed_and_stopped_runs_are_retried(
    ledger: MemoryLedger, status: RunStatus
) -> None:
    refusal = refusal_by_record(ledger.add("r", status=status))
    assert (refusal is None) == (status in {"failed", "stopped"})
    if refusal:
        assert refusal.message == (
            f"Expected a run that ended as 'failed' or 'stopped'; r is {str(status)!r}. "
            "Drop the files again, changed, for a new run."
        )


@pytest.mark.parametrize(
    ("verdict", "step"),
    [("promote", WorkflowStep.DEPLOY), ("", WorkflowStep.TRAIN)],
)
def test_a_verdict_counts_unless_another_champion_came_since(
    ledger: MemoryLedger, verdict: str, step: WorkflowStep
) -> None:
    job = {"job": "r", "number": 1}
    run = ledger.add(
        "r", status="failed", evaluation={"verdict": verdict}, training=job
    )
    earlier = ledger.add("e", status="live", ended_at="2026-01-01T00:00:00.000+00:00")
    later = replace(earlier, ended_at="2027-01-01T00:00:00.000+00:00")
    for champion in (None, earlier):
        assert beginning(run, champion) == Beginning(step)
    assert beginning(run, later) == Beginning(WorkflowStep.TRAIN, keeps_job=False)
    untrained = replace(run, training=Training(), archive=ARCHIVE)
    assert beginning(untrained, later) == Beginning(WorkflowStep.DEPLOY)
