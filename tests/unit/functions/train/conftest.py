from __future__ import annotations

from pathlib import Path

import pytest

from functions.common.settings import Settings
from functions.common.tags import Tags
from functions.costs.estimate import Estimator
from functions.costs.prices import Prices
from functions.costs.reservations import Reservations
from functions.train.endpoint_room import EndpointRoom
from functions.train.start import Starter
from tests.unit.functions.fakes import (
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
    cost_book,
    now,
)
from tests.unit.functions.specs import RUN


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for package in ("training", "inference", "tasks", "contracts"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "training" / "train.py").write_text("print('training')")
    (tmp_path / "training" / "requirements.txt").write_text("seqeval==1.2.2\n")
    (tmp_path / "training" / "constraints.txt").write_text("numpy<2\n")
    return tmp_path


@pytest.fixture
def starter(
    ledger: MemoryLedger, storage: MemoryStorage, sagemaker: MemorySageMaker, root: Path
) -> Starter:
    ledger.add(RUN)
    settings = Settings(
        "traindrop",
        "data",
        "table",
        execution_role_arn="arn:role",
        training_image="image",
    )

    def creator(tags: Tags) -> MemorySageMaker:
        sagemaker.session_tags.append(tags)
        return sagemaker

    book = cost_book()
    estimator = Estimator(Prices("eu-central-1", None), book)
    return Starter(
        ledger,
        storage,
        sagemaker,
        creator,
        settings,
        "eu-central-1",
        estimator,
        Reservations(book),
        EndpointRoom(None, sagemaker, settings.stack, now),
        root,
        now,
    )
