from __future__ import annotations

import pytest

from contracts.run_record import RunStatus
from functions.adapters.errors import RefusedError, TransientError
from functions.explain.explain import Explainer, tell_of_no_run
from tests.unit.functions.explain.failed_runs import CONFIG, training_run
from tests.unit.functions.fakes import (
    STACK,
    MemoryAlarms,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    Outbox,
)
from tests.unit.functions.specs import RUN

THROTTLED = "ThrottlingException: Rate exceeded"


def test_a_failed_script_is_explained_with_its_log(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker, FailureReason="AlgorithmError: , exit code: 1")
    assert (
        explainer.explain({"run": RUN, "step": "train", "error": "", "cause": ""})
        == RUN
    )
    record = ledger.get_run(RUN)
    assert record.write()["status"] == "failed"
    assert (
        record.write()["failure"]["cause"]
        == "The training script failed: ValueError: broken data"
    )
    assert record.write()["failure"]["log_tail"] == [
        "loading",
        "ValueError: broken data",
    ]
    assert record.write()["failure"].get("leftovers") == []


def test_a_job_that_someone_stopped_ends_the_run_as_stopped(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker, "Stopped", SecondaryStatus="Stopped")
    explainer.explain({"run": RUN, "step": "train"})
    assert ledger.get_run(RUN).write()["status"] == "stopped"


def test_explaining_twice_keeps_the_first_explanation(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker)
    explainer.explain({"run": RUN, "step": "train"})
    first = ledger.get_run(RUN)
    explainer.explain(
        {"run": RUN, "step": "workflow", "error": "Interrupted", "cause": "late"}
    )
    assert ledger.get_run(RUN) == first


def test_a_run_that_was_claimed_but_not_yet_named_is_found_by_its_execution(
    explainer: Explainer, ledger: MemoryLedger
) -> None:
    ledger.add(RUN)
    event = {
        "run": "",
        "key": "datasets/reviews/a.csv",
        "step": "inspect",
        "error": "Boom",
        "cause": "x",
    }
    assert explainer.explain(event | {"execution": "another"}) == ""
    assert explainer.explain(event | {"execution": f"execution-{RUN}"}) == RUN
    assert ledger.get_run(RUN).write()["status"] == "failed"


def test_logs_that_cannot_be_read_do_not_stop_the_cleaning(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    class Broken(MemoryLogs):
        def of_job(self, job: str, lines: int = 30) -> list[str]:
            raise RuntimeError("denied")

    training_run(ledger, sagemaker, "InProgress")
    Explainer(ledger, sagemaker, Broken(), STACK, MemoryAlarms).explain(
        {"run": RUN, "step": "train", "error": "E", "cause": "c"}
    )
    assert ledger.get_run(RUN).write()["status"] == "failed"
    assert sagemaker.jobs[CONFIG]["TrainingJobStatus"] == "Stopping"


def test_a_run_is_not_ended_while_its_cause_cannot_be_asked_for(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    """The state machine calls Explain again, for hours."""
    training_run(ledger, sagemaker)
    sagemaker.failing["job"] = TransientError("Rate exceeded")
    with pytest.raises(TransientError):
        explainer.explain({"run": RUN, "step": "train"})
    assert ledger.get_run(RUN).is_in_progress


def test_a_job_that_may_not_be_described_does_not_keep_its_run_from_ending(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker)
    sagemaker.failing["job"] = RefusedError("AccessDenied")
    explainer.explain({"run": RUN, "step": "train"})
    assert ledger.get_run(RUN).status is RunStatus.FAILED


def test_subscribers_are_told_where_there_is_no_run() -> None:
    outbox = Outbox()
    tell_of_no_run(
        {
            "key": "datasets/größe/a.csv",
            "step": "inspect",
            "error": "Boom",
            "cause": "x",
        },
        outbox,
    )
    assert (
        outbox.messages[0].subject
        == "Traindrop: datasets/groe/a.csv could not be looked at"
    )
    assert "Cause: Boom: x" in outbox.messages[0].body
    assert outbox.details == [
        {"key": "datasets/größe/a.csv", "status": "failed", "cause": "x"}
    ]


def test_what_passes_by_itself_is_answered_by_a_retry_of_this_run(
    explainer: Explainer, ledger: MemoryLedger
) -> None:
    ledger.add(RUN, status="deploying")
    explainer.explain({"run": RUN, "step": "deploy", "error": "X", "cause": THROTTLED})
    failure = ledger.get_run(RUN).failure
    assert failure is not None
    assert failure.remedy == (
        f"Wait some minutes. Retry the run (POST /runs/{RUN}/retry): it goes on from what it has done."
    )


def test_a_run_that_was_not_inspected_cannot_go_on(
    explainer: Explainer, ledger: MemoryLedger
) -> None:
    ledger.add(RUN, spec=None)
    explainer.explain({"run": RUN, "step": "inspect", "error": "X", "cause": THROTTLED})
    failure = ledger.get_run(RUN).failure
    assert failure is not None
    assert failure.remedy == "Wait some minutes. Drop the data again."
