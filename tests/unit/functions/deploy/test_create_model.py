from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.releases import Promotion, PromotionKind
from contracts.run_record import RunStatus
from functions.adapters.storage import ChangedObjectError
from functions.deploy.create_model import (
    ArchiveMissingError,
    ServingEnvironment,
    create,
)
from tests.unit.functions.aws_model import problems
from tests.unit.functions.deploy.releases import ARCHIVE, ARCHIVE_KEY, NAME, SETTINGS
from tests.unit.functions.fakes import MemoryLedger, MemorySageMaker, MemoryStorage
from tests.unit.functions.specs import RUN, SPEC_KEY, leave_spec, spec

pytestmark = pytest.mark.usefixtures("judged")


def created(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> Any:
    environment = ServingEnvironment(
        SETTINGS, "eu-central-1", lambda name: f"the token in {name}"
    )
    return create(
        RUN,
        ledger=ledger,
        storage=storage,
        sagemaker=sagemaker,
        environment=environment,
    )


def test_creates_the_model_from_the_jobs_archive(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}
    container = sagemaker.models[NAME]["PrimaryContainer"]
    assert (container["ModelDataUrl"], container["Image"]) == (ARCHIVE, "image")
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "inference.py"
    assert container["Environment"]["HF_TASK"] == "text-classification"
    assert ledger.get_run(RUN).write()["status"] == "deploying"


def test_creating_the_model_twice_makes_one(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    created(ledger, storage, sagemaker)
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}
    assert sagemaker.calls == [("create_model", NAME)]


def test_a_run_without_a_known_archive_is_an_error(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    ledger.add(RUN, status="judging")
    with pytest.raises(
        ArchiveMissingError,
        match=f"expected the archive of run '{RUN}' in the ledger; found none",
    ):
        created(ledger, storage, sagemaker)


def test_an_archive_that_was_replaced_since_is_not_deployed(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    storage.objects[ARCHIVE_KEY] = b"other weights"
    with pytest.raises(ChangedObjectError, match=ARCHIVE_KEY):
        created(ledger, storage, sagemaker)
    del storage.objects[ARCHIVE_KEY]
    with pytest.raises(ChangedObjectError, match="found none"):
        created(ledger, storage, sagemaker)
    assert sagemaker.calls == []


def test_a_spec_that_was_replaced_since_is_not_read(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    """It could name another's secret, or a fleet of instances."""
    hub = HUB | {"token_secret": "traindrop/somebody-elses"}
    storage.write_json(SPEC_KEY, spec(hub=hub))
    with pytest.raises(ChangedObjectError, match=SPEC_KEY):
        created(ledger, storage, sagemaker)


def test_a_run_that_needs_approval_ends_with_its_archive_and_registers_nothing(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    gate = {"metric": "accuracy", "min_gain": 0.0}
    rule = {"approval": "required", "approval_days": 2}
    leave_spec(ledger, storage, gate=gate | rule)
    assert created(ledger, storage, sagemaker) == {"outcome": "held"}
    record = ledger.get_run(RUN)
    assert (record.status, record.waits_for_approval) == (RunStatus.KEPT_BACK, True)
    assert record.kept_spec is not None
    assert record.approval is not None
    since, until = record.approval.requested_at, record.approval.until
    waits = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    assert (waits, record.approval.champion) == (timedelta(days=2), None)
    assert sagemaker.calls == []


def test_a_promotion_needs_no_approval(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    gate = {"metric": "accuracy", "min_gain": 0.0, "approval": "required"}
    leave_spec(ledger, storage, gate=gate)
    ledger.record(RUN, promotion=Promotion(PromotionKind.PROMOTE, "t"))
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}


HUB = {"model_id": "org/m", "revision": "c0ffee", "token_secret": None}


def environment(sagemaker: MemorySageMaker) -> dict[str, str]:
    container = sagemaker.models[NAME]["PrimaryContainer"]
    assert (
        problems(
            "sagemaker",
            "CreateModel",
            {"ModelName": NAME, "PrimaryContainer": container},
        )
        == ""
    )
    return dict(container["Environment"])


def test_a_model_of_the_hub_is_named_to_the_container(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    leave_spec(ledger, storage, hub=HUB, archive=f"models/{RUN}/model.tar.gz")
    created(ledger, storage, sagemaker)
    result = environment(sagemaker)
    assert (result["HF_MODEL_ID"], result["HF_MODEL_REVISION"], result["HF_TASK"]) == (
        "org/m",
        "c0ffee",
        "text-classification",
    )
    assert not {"HF_TOKEN", "HF_API_TOKEN", "HF_ENDPOINT"} & result.keys()
    assert sagemaker.models[NAME]["PrimaryContainer"]["ModelDataUrl"].endswith(
        f"/models/{RUN}/model.tar.gz"
    )


def test_a_private_models_token_reaches_the_container_under_both_names(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    hub = HUB | {"token_secret": "traindrop/hub", "revision": ""}
    leave_spec(ledger, storage, hub=hub, archive="models/x/model.tar.gz", task="")
    created(ledger, storage, sagemaker)
    result = environment(sagemaker)
    assert result["HF_TOKEN"] == result["HF_API_TOKEN"] == "the token in traindrop/hub"
    assert not {"HF_TASK", "HF_MODEL_REVISION"} & result.keys()


def test_a_dropped_archive_is_deployed_without_a_job(
    storage: MemoryStorage, sagemaker: MemorySageMaker
) -> None:
    ledger = MemoryLedger()
    ledger.add(RUN, status="inspecting", archive=storage.find(ARCHIVE_KEY))
    leave_spec(ledger, storage, archive=f"models/{RUN}/model.tar.gz")
    assert created(ledger, storage, sagemaker) == {"outcome": "created"}
    assert not {name for name in environment(sagemaker) if name.startswith("HF_MODEL")}
