from __future__ import annotations

from typing import Any

import pytest

from functions.common.names import candidate_name, job_name, resource_name
from functions.common.tags import as_list, tags
from functions.explain.explain import Explainer
from tests.unit.functions.explain.failed_runs import CONFIG, ENDPOINT, training_run
from tests.unit.functions.fakes import STACK, MemoryLedger, MemorySageMaker
from tests.unit.functions.specs import RUN

OLD = "reviews-old"


def deployed_run(
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    status: str,
    champion: bool,
    **endpoint: Any,
) -> None:
    if champion:
        ledger.add(OLD, status="live")
        sagemaker.configs[resource_name(STACK, OLD)] = sagemaker.models[
            resource_name(STACK, OLD)
        ] = {}
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
    assert (
        ledger.get_run(RUN).write()["failure"]["cause"]
        == "The workflow was interrupted (X)."
    )


def test_a_job_that_was_created_but_not_recorded_is_stopped(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add(RUN)
    sagemaker.add_job(CONFIG)
    explainer.explain({"run": RUN, "step": "train", "error": "Boom", "cause": "x"})
    assert sagemaker.jobs[CONFIG]["TrainingJobStatus"] == "Stopping"


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
    assert ("update_endpoint", ENDPOINT, resource_name(STACK, OLD)) in sagemaker.calls
    assert CONFIG in sagemaker.configs
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == [
        f"endpoint of reviews: {ENDPOINT} is being put back"
    ]
    sagemaker.add_endpoint(ENDPOINT, resource_name(STACK, OLD))
    explainer.clean_again(ledger.get_run(RUN))
    assert (
        set(sagemaker.configs) == set(sagemaker.models) == {resource_name(STACK, OLD)}
    )
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []


def test_after_a_rollback_the_endpoint_is_left_alone(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    deployed_run(
        ledger, sagemaker, "InService", champion=True, config=resource_name(STACK, OLD)
    )
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
    assert ("create_endpoint", ENDPOINT, resource_name(STACK, OLD)) in sagemaker.calls
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == []


SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 3072, "MaxConcurrency": 5}}


def test_an_endpoint_on_instances_is_made_again_for_a_serverless_champion(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    on_instances = [{"CurrentInstanceCount": 1}]
    deployed_run(
        ledger, sagemaker, "InService", champion=True, ProductionVariants=on_instances
    )
    sagemaker.configs[resource_name(STACK, OLD)] = {"ProductionVariants": [SERVERLESS]}
    explainer.explain({"run": RUN, "step": "verify"})
    assert ledger.get_run(RUN).write()["failure"].get("leftovers") == [
        f"endpoint of reviews: {ENDPOINT} is being deleted, to be made again with the champion"
    ]
    del sagemaker.endpoints[ENDPOINT]
    explainer.clean_again(ledger.get_run(RUN))
    assert ("create_endpoint", ENDPOINT, resource_name(STACK, OLD)) in sagemaker.calls
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
        f"training job {job_name(STACK, RUN, 2)}: stop_job is denied",
    ]
    assert (sagemaker.configs, sagemaker.models) == ({}, {})


def test_a_run_that_is_live_is_not_touched(
    explainer: Explainer, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add(RUN, status="live")
    assert (
        explainer.explain(
            {"run": RUN, "step": "promote", "error": "Sandbox.Timedout", "cause": ""}
        )
        == RUN
    )
    assert (ledger.get_run(RUN).write()["status"], sagemaker.calls) == ("live", [])


@pytest.fixture
def refused(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> str:
    """The candidate endpoint of a release that Verify has refused; the champion serves."""
    old, name = resource_name(STACK, OLD), candidate_name(STACK, RUN)
    deployed_run(ledger, sagemaker, "InService", champion=True, config=old)
    owner = as_list(tags(STACK, "reviews", RUN))
    sagemaker.add_endpoint(name, CONFIG, Tags=owner)
    return name


def test_a_candidate_is_deleted_and_the_stable_endpoint_not_touched(
    refused: str,
    explainer: Explainer,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
) -> None:
    explainer.explain({"run": RUN, "step": "verify"})
    assert sagemaker.endpoints[refused]["EndpointStatus"] == "Deleting"
    changes = [call for call in sagemaker.calls if call[0] != "stop_job"]
    assert changes == [
        ("delete", "endpoint", refused),
        ("delete", "endpoint-config", CONFIG),
        ("delete", "model", CONFIG),
    ]
    failure = ledger.get_run(RUN).failure
    assert failure is not None
    assert failure.leftovers == ()


def test_a_candidate_that_cannot_be_deleted_yet_keeps_its_config(
    refused: str,
    explainer: Explainer,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
) -> None:
    sagemaker.broken = {"delete"}
    explainer.explain({"run": RUN, "step": "verify"})
    failure = ledger.get_run(RUN).failure
    assert failure is not None
    assert failure.leftovers == (f"candidate endpoint of {RUN}: delete is denied",)
    assert CONFIG in sagemaker.configs
    sagemaker.broken = set()
    explainer.clean_again(ledger.get_run(RUN))
    assert sagemaker.endpoints[refused]["EndpointStatus"] == "Deleting"
    assert CONFIG not in sagemaker.configs
