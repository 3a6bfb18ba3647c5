"""Drops that must not train: refused with the row and the remedy, everywhere a user looks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.client import Cloud
from tests.e2e.drops import BROKEN
from tests.e2e.inbox import Inbox


@pytest.fixture(scope="module")
def inbox(cloud: Cloud) -> Inbox:
    return Inbox(cloud, "Topic")


def problem_of(cloud: Cloud, record: dict[str, Any]) -> str:
    return str(cloud.run(record["run"])["problems"][0]["message"])


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_rejected_with_the_row_and_the_remedy(
    cloud: Cloud, inbox: Inbox, name: str
) -> None:
    body, clue = BROKEN[name]
    model = "broken-" + name.replace(" ", "-")
    cloud.drop(model, body)
    record = cloud.ended(model, timeout=60)
    assert record["status"] == "rejected"
    problem = problem_of(cloud, record)
    assert clue.lower() in problem.lower()
    assert problem in inbox.message_with(record["run"])
    assert not any(
        record["run"] in made
        for made in [*cloud.jobs(), *cloud.configs(), *cloud.models()]
    )
    assert cloud.http.get(f"/models/{model}").json().get("champion") is None


def test_a_mended_drop_under_the_same_name_starts_a_new_run(cloud: Cloud) -> None:
    cloud.drop("mended", b"text,label\n")
    first = cloud.ended("mended", timeout=60)
    assert first["status"] == "rejected"
    cloud.drop("mended", b"text,label\nfine,yes\n")
    second = cloud.ended("mended", besides=[first["run"]], timeout=60)
    assert second["run"] != first["run"]
