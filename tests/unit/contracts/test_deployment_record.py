from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.deployment_record import (
    CandidateEndpoint,
    DeploymentRecord,
    EndpointVerification,
)
from contracts.outcomes import DeployStage

MOMENT = "2026-01-01T00:00:00.000+00:00"
CANDIDATE = CandidateEndpoint(endpoint="candidate", started_at=MOMENT)
FIRST = DeploymentRecord(endpoint="reviews", config="c", started_at=MOMENT)
"""Of a model that was not live: there is no candidate."""
BESIDE = DeploymentRecord(endpoint="reviews", config="c", candidate=CANDIDATE)
"""The candidate is up, the model's endpoint has its former config."""


@pytest.mark.parametrize(
    ("record", "stage", "endpoint"),
    [
        (FIRST, DeployStage.CANDIDATE, "reviews"),
        (FIRST, DeployStage.STABLE, "reviews"),
        (BESIDE, DeployStage.CANDIDATE, "candidate"),
        (BESIDE, DeployStage.STABLE, "reviews"),
    ],
)
def test_the_candidate_is_tested_where_there_is_one(
    record: DeploymentRecord, stage: DeployStage, endpoint: str
) -> None:
    assert record.under_test(stage).endpoint == endpoint


def test_the_latest_endpoint_is_the_models_once_it_was_updated() -> None:
    assert BESIDE.latest is CANDIDATE
    updated = replace(BESIDE, started_at=MOMENT)
    assert updated.latest is updated
    assert FIRST.latest is FIRST


def test_what_was_seen_of_an_endpoint_is_kept_where_it_belongs() -> None:
    seen = replace(CANDIDATE, endpoint_status="InService")
    assert BESIDE.with_seen(seen) == replace(BESIDE, candidate=seen)
    stable = replace(BESIDE, endpoint_status="Updating")
    assert BESIDE.with_seen(stable) is stable


def test_the_smoke_check_is_the_last_verification() -> None:
    verified = EndpointVerification(rows=16, at=MOMENT, difference=None, draws=0)
    smoke = replace(verified, rows=1)
    assert FIRST.last_verification is None
    record = replace(FIRST, verification=verified)
    assert record.last_verification is verified
    assert replace(record, smoke_check=smoke).last_verification is smoke
