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
from tests.unit.functions.called import ANSWER, called
from tests.unit.functions.deploy.releases import ENDPOINT, NAME
from tests.unit.functions.fakes import (
    STACK,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
    Outbox,
)
from tests.unit.functions.specs import RUN

VERIFICATION = {
    "tolerance": 0.02,
    "rows": [{"request": {"inputs": "x"}, "response": ANSWER}],
}


def test_a_judged_run_is_verified_twice_and_then_live(
    outbox: Outbox,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
    judged: None,
) -> None:
    ledger.add("reviews-old", status="live")
    key = f"models/{RUN}/verification.json"
    ledger.record(RUN, verification=storage.write_json(key, VERIFICATION))
    assert called(create_model, run=RUN) == {"outcome": "created"}
    candidate = candidate_name(STACK, RUN)
    sagemaker.add_endpoint(ENDPOINT, resource_name(STACK, "reviews-old"))
    for stage, endpoint in (("candidate", candidate), ("stable", ENDPOINT)):
        answer = called(deploy, run=RUN, stage=stage)
        if answer["outcome"] == "busy":
            del sagemaker.endpoints[candidate]
            answer = called(deploy, run=RUN, stage=stage)
        assert answer == {"outcome": "deploying"}
        sagemaker.add_endpoint(endpoint, NAME)
        assert called(check_endpoint, run=RUN, stage=stage)["outcome"] == "live"
        assert called(verify, run=RUN, stage=stage) == {"outcome": "verified"}
    assert called(promote, run=RUN) == {"outcome": "promoted", "grace": True}
    assert called(retire, run=RUN) == {"outcome": "retired", "removed": 0}
    steps = [step["step"] for step in ledger.get_run(RUN).write()["steps"]]
    assert steps == ["judging", "deploying", "verifying", "live"]
