"""Base models that the Hub does not give, and how everyone learns of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.failures import (
    HUB_GATED,
    HUB_UNKNOWN,
    HUB_UNREACHABLE,
    KnownFailure,
)
from tests.hub_stand_in import HubStandIn
from tests.integration.training.job import Job
from tests.integration.training.trial import Trial


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStandIn]:
    with HubStandIn() as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template
        )
        monkeypatch.setattr(
            "huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache")
        )
        yield hub


def of_the_hub(job: Job, model: str) -> None:
    base = job.channel("base")
    base.rename(job.base / "model-of-the-hub")
    spec = job.channel("spec") / "spec.json"
    spec.write_text(json.dumps(json.loads(spec.read_text()) | {"base_model": model}))


@pytest.mark.parametrize(
    ("model", "failure_kind"),
    [
        ("org/unknown", HUB_UNKNOWN),
        ("org/private", HUB_UNKNOWN),
        ("org/gated", HUB_GATED),
    ],
)
def test_a_base_model_that_the_hub_does_not_give_is_told(
    tmp_path: Path,
    trial: Trial,
    hub: HubStandIn,
    model: str,
    failure_kind: KnownFailure,
) -> None:
    job = Job.prepare(tmp_path / "job")
    of_the_hub(job, model)
    hub.add("org/private", job.base / "model-of-the-hub", access="private", token="t")
    hub.add("org/gated", job.base / "model-of-the-hub", access="gated", token="t")
    assert trial.cause_and_remedy(job) == failure_kind.explain(model)
    assert any(
        request.path.startswith(f"/{model}/resolve/") for request in hub.requests
    )


def test_a_hub_that_cannot_be_reached_is_told(
    tmp_path: Path, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    job = Job.prepare(tmp_path / "job")
    of_the_hub(job, "org/unknown")
    assert trial.cause_and_remedy(job) == HUB_UNREACHABLE.explain("org/unknown")
