from __future__ import annotations

from typing import Any

import pytest

from functions.explain.explain import Explainer, tell_of_no_run
from tests.unit.functions.fakes import STACK, MemoryLedger, MemoryLogs, MemorySageMaker, Outbox
from tests.unit.functions.specs import RUN

CONFIG, ENDPOINT = f"traindrop-{RUN}", "traindrop-reviews"
OLD = "reviews-old"


@pytest.fixture
def explainer(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> Explainer:
    return Explainer(ledger, sagemaker, MemoryLogs(["loading", "ValueError: broken data"]), STACK)


def training_run(
    ledger: MemoryLedger, sagemaker: MemorySageMaker, status: str = "Failed", **job: Any
) -> None:
    ledger.add(RUN, status="training", training={"job": CONFIG, "number": 1})
    sagemaker.add_job(CONFIG, status, **job)


def deployed_run(
    ledger: MemoryLedger, sagemaker: MemorySageMaker, status: str, champion: bool, **endpoint: Any
) -> None:
    if champion:
        ledger.add(OLD, status="live")
        sagemaker.configs[f"traindrop-{OLD}"] = sagemaker.models[f"traindrop-{OLD}"] = {}
    deployment = {"endpoint": ENDPOINT, "config": CONFIG}
    ledger.add(
        RUN,
        status="verifying",
        steps=["deploying", "verifying"],
        deployment=deployment,
        training={"job": CONFIG},
    )
    sagemaker.add_job(CONFIG, "Completed")
    sagemaker.configs[CONFIG] = sagemaker.models[CONFIG] = {}
    sagemaker.add_endpoint(ENDPOINT, endpoint.pop("config", CONFIG), status, **endpoint)


def test_a_failed_script_is_explained_with_its_log(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker, FailureReason="AlgorithmError: , exit code: 1")
    assert explainer.explain({"run": RUN, "step": "train", "error": "", "cause": ""}) == RUN
    record = ledger.get_run(RUN)
    assert record.write()["status"] == "failed"
    assert (
        record.write()["failure"]["cause"] == "The training script failed: ValueError: broken data"
    )
    assert record.write()["failure"]["log_tail"] == ["loading", "ValueError: broken data"]
    assert record.write()["failure"].get("leftovers") == []


def test_a_running_job_is_stopped(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker, "InProgress")
    explainer.explain(
        {
            "run": RUN,
            "step": "workflow",
            "error": "Interrupted",
            "cause": "the workflow was interrupted (X)",
        }
    )
    assert sagemaker.jobs[CONFIG]["TrainingJobStatus"] == "Stopping"
    assert ledger.get_run(RUN).write()["failure"]["cause"] == "The workflow was interrupted (X)."


def test_a_job_that_was_created_but_not_recorded_is_stopped(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add(RUN)
    sagemaker.add_job(CONFIG)
    explainer.explain({"run": RUN, "step": "train", "error": "Boom", "cause": "x"})
    assert sagemaker.jobs[CONFIG]["TrainingJobStatus"] == "Stopping"


def test_a_job_that_someone_stopped_ends_the_run_as_stopped(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker, "Stopped", SecondaryStatus="Stopped")
    explainer.explain({"run": RUN, "step": "train"})
    assert ledger.get_run(RUN).write()["status"] == "stopped"


def test_without_a_champion_the_endpoint_is_deleted_with_config_and_model(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(ledger, sagemaker, "InService", champion=False)
    explainer.explain({"run": RUN, "step": "verify"})
    assert sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "Deleting"
    assert (sagemaker.configs, sagemaker.models) == ({}, {})
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []


def test_the_champion_is_put_back_and_the_rest_removed_later(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(ledger, sagemaker, "InService", champion=True)
    explainer.explain({"run": RUN, "step": "verify"})
    assert ("update_endpoint", ENDPOINT, f"traindrop-{OLD}") in sagemaker.calls
    assert CONFIG in sagemaker.configs
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == [
        f"endpoint of reviews: {ENDPOINT} is being put back"
    ]
    sagemaker.add_endpoint(ENDPOINT, f"traindrop-{OLD}")
    explainer.clean_again(ledger.get_run(RUN))
    assert set(sagemaker.configs) == set(sagemaker.models) == {f"traindrop-{OLD}"}
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []


def test_after_a_rollback_the_endpoint_is_left_alone(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(ledger, sagemaker, "InService", champion=True, config=f"traindrop-{OLD}")
    explainer.explain({"run": RUN, "step": "deploy"})
    assert {call[0] for call in sagemaker.calls} == {"stop_job", "delete"}
    assert CONFIG not in sagemaker.configs
    assert sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "InService"


def test_an_endpoint_that_is_changing_is_cleaned_later(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(ledger, sagemaker, "Creating", champion=False)
    explainer.explain({"run": RUN, "step": "deploy"})
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == [
        f"endpoint of reviews: {ENDPOINT} is changing"
    ]
    sagemaker.endpoints[ENDPOINT]["EndpointStatus"] = "Failed"
    explainer.clean_again(ledger.get_run(RUN))
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []
    assert sagemaker.endpoints[ENDPOINT]["EndpointStatus"] == "Deleting"


def test_a_dead_endpoint_is_made_again_with_the_champion(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(ledger, sagemaker, "Failed", champion=True)
    explainer.explain({"run": RUN, "step": "deploy"})
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == [
        f"endpoint of reviews: {ENDPOINT} is being deleted, to be made again with the champion"
    ]
    explainer.clean_again(ledger.get_run(RUN))
    del sagemaker.endpoints[ENDPOINT]
    explainer.clean_again(ledger.get_run(RUN))
    assert ("create_endpoint", ENDPOINT, f"traindrop-{OLD}") in sagemaker.calls
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []


SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 3072, "MaxConcurrency": 5}}


def test_an_endpoint_on_instances_is_made_again_for_a_serverless_champion(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    on_instances = [{"CurrentInstanceCount": 1}]
    deployed_run(ledger, sagemaker, "InService", champion=True, ProductionVariants=on_instances)
    sagemaker.configs[f"traindrop-{OLD}"] = {"ProductionVariants": [SERVERLESS]}
    explainer.explain({"run": RUN, "step": "verify"})
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == [
        f"endpoint of reviews: {ENDPOINT} is being deleted, to be made again with the champion"
    ]
    del sagemaker.endpoints[ENDPOINT]
    explainer.clean_again(ledger.get_run(RUN))
    assert ("create_endpoint", ENDPOINT, f"traindrop-{OLD}") in sagemaker.calls
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []


def test_what_cannot_be_removed_is_named_and_keeps_nothing_else(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(ledger, sagemaker, "InService", champion=False)
    sagemaker.broken = {"stop_job"}
    explainer.explain({"run": RUN, "step": "verify"})
    record = ledger.get_run(RUN)
    assert record.write()["status"] == "failed"
    assert record.write()["failure"].get("leftovers") == [
        f"training job {CONFIG}: stop_job is denied",
        f"training job {CONFIG}-t2: stop_job is denied",
    ]
    assert (sagemaker.configs, sagemaker.models) == ({}, {})


def test_a_run_that_is_live_is_not_touched(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add(RUN, status="live")
    assert (
        explainer.explain({"run": RUN, "step": "promote", "error": "Sandbox.Timedout", "cause": ""})
        == RUN
    )
    assert (ledger.get_run(RUN).write()["status"], sagemaker.calls) == ("live", [])


def test_explaining_twice_keeps_the_first_explanation(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    training_run(ledger, sagemaker)
    explainer.explain({"run": RUN, "step": "train"})
    first = ledger.get_run(RUN)
    explainer.explain({"run": RUN, "step": "workflow", "error": "Interrupted", "cause": "late"})
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
    Explainer(ledger, sagemaker, Broken(), STACK).explain(
        {"run": RUN, "step": "train", "error": "E", "cause": "c"}
    )
    assert ledger.get_run(RUN).write()["status"] == "failed"
    assert sagemaker.jobs[CONFIG]["TrainingJobStatus"] == "Stopping"


def test_subscribers_are_told_where_there_is_no_run() -> None:
    outbox = Outbox()
    tell_of_no_run(
        {"key": "datasets/größe/a.csv", "step": "inspect", "error": "Boom", "cause": "x"}, outbox
    )
    assert outbox.messages[0].subject == "Traindrop: datasets/groe/a.csv could not be looked at"
    assert "Cause: Boom: x" in outbox.messages[0].body
    assert outbox.details == [{"key": "datasets/größe/a.csv", "status": "failed", "cause": "x"}]
