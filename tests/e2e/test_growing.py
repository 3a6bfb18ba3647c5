"""A data set that grows by a file: the new model and the live one are compared on rows that neither has learnt."""

from __future__ import annotations

import json

import pytest

from tests.e2e.client import Cloud
from tests.e2e.drops import reviews

MODEL = "monthly"
OCTOBER, NOVEMBER = "train/2026-10.csv", "train/2026-11.csv"
pytestmark = pytest.mark.slow


def texts(cloud: Cloud, run: str, split: str) -> set[str]:
    key = f"runs/{run}/data/{split}/rows.jsonl"
    body = cloud.s3.get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    return {json.loads(line)["text"] for line in body.splitlines()}


def test_a_file_more_is_trained_on_and_the_rows_keep_their_sides(cloud: Cloud) -> None:
    cloud.drop(MODEL, reviews(200, 1), OCTOBER)
    first = cloud.ended(MODEL)
    assert first["status"] == "live", first
    cloud.drop(MODEL, reviews(400, 2), NOVEMBER)
    second = cloud.ended(MODEL, besides=[first["run"]])
    assert second["data"]["since_live"] == {
        "run": first["run"],
        "rows": 400,
        "added": {NOVEMBER: 400},
    }
    assert sum(second["data"]["rows"].values()) == 600
    held_out = texts(cloud, second["run"], "test")
    assert texts(cloud, first["run"], "test") <= held_out
    assert texts(cloud, first["run"], "train").isdisjoint(held_out)
    assert second["evaluation"]["champion"]["run"] == first["run"]
