"""Every handler as Lambda calls it: event in, outcome out, adapters from the clients."""

from __future__ import annotations

from functions.common.names import candidate_name, resource_name
from functions.deploy.handler import (
    check_endpoint,
    create_model,
    deploy,
    promote,
    retire,
    verify,
)
from functions.judge.handler import judge
from functions.notify.handler import notify
from functions.train.handler import check_training, start_training
from tests.unit.functions.called import ANSWER, called
from tests.unit.functions.fakes import (
    STACK,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
    Outbox,
)
from tests.unit.functions.judge.evaluations import MODEL, OUTPUT, archive
from tests.unit.functions.specs import RUN, evaluation

VERIFICATION = {
    "tolerance": 0.02,
    "rows": [{"request": {"inputs": "x"}, "response": ANSWER}],
}


def test_a_run_goes_from_training_to_live(
    outbox: Outbox,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> None:
    ledger.add(RUN)
    ledger.add("reviews-old", status="live")
    assert called(start_training, run=RUN, waited_seconds=0) == {"outcome": "started"}
    job = ledger.get_run(RUN).write()["training"]["job"]
    sagemaker.add_job(job, "Completed")
    assert called(check_training, run=RUN)["outcome"] == "completed"
    storage.objects[OUTPUT.replace("/j/", f"/{job}/")] = archive(
        evaluation=evaluation(), verification=VERIFICATION
    )
    storage.objects[MODEL.replace("/j/", f"/{job}/")] = b"weights"
    assert called(judge, run=RUN) == {"outcome": "promote"}
    assert called(create_model, run=RUN) == {"outcome": "created"}
    endpoints = {
        "candidate": candidate_name(STACK, RUN),
        "stable": resource_name(STACK, "reviews"),
    }
    sagemaker.add_endpoint(endpoints["stable"], resource_name(STACK, "reviews-old"))
    for stage, endpoint in endpoints.items():
        answer = called(deploy, run=RUN, stage=stage)
        if answer["outcome"] == "busy":
            del sagemaker.endpoints[endpoints["candidate"]]
            answer = called(deploy, run=RUN, stage=stage)
        assert answer == {"outcome": "deploying"}
        sagemaker.add_endpoint(endpoint, resource_name(STACK, RUN))
        assert called(check_endpoint, run=RUN, stage=stage)["outcome"] == "live"
        assert called(verify, run=RUN, stage=stage) == {"outcome": "verified"}
    assert called(promote, run=RUN) == {"outcome": "promoted", "grace": True}
    assert called(notify, run=RUN, ending="promoted") == {"outcome": "notified"}
    assert called(retire, run=RUN) == {"outcome": "retired", "removed": 0}
    assert [step["step"] for step in ledger.get_run(RUN).write()["steps"]] == [
        "inspecting",
        "training",
        "judging",
        "deploying",
        "verifying",
        "live",
    ]
    assert outbox.details[0]["status"] == "live"
