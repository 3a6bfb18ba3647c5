"""Drop, run, predict, drop again, delete: through the deployed stack."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest

from tests.e2e.client import ROOT, STACK, Cloud, eventually
from tests.e2e.drops import reviews

STATE_LIMIT = 32 * 1024
MODEL = "Größe + Maß"
FILE = "Käufer 1+1-{number}.csv"
ROWS = 260
"""Of each file."""
BEFORE_THE_ENDPOINT = {"inspecting", "training"}
ROUTE = f"/models/{quote(MODEL, safe='')}"


@pytest.fixture(scope="module")
def live(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of this module's own, live after its first drop: by the aws command line, with awkward names."""
    folder = tmp_path_factory.mktemp("drop")
    for number in range(3):
        body = reviews(ROWS, seed=number)
        (folder / FILE.format(number=number)).write_bytes(body)
    aws = ROOT / ".venv-aws" / "bin" / "aws"
    target = f"s3://{cloud.bucket}/datasets/{MODEL}/"
    subprocess.run(
        [aws, "s3", "cp", "--recursive", folder, target],
        env=cloud.environment,
        check=True,
        capture_output=True,
    )
    record = cloud.ended(MODEL)
    assert record["status"] == "live", record
    return MODEL


def test_a_drop_becomes_a_model_that_answers(cloud: Cloud, live: str) -> None:
    answer = cloud.predict(live, ["great lovely film", "awful dull plot"])
    assert answer.status_code == 200, answer.text
    assert [prediction["label"] for prediction in answer.json()] == [
        "positive",
        "negative",
    ]
    assert all(0.5 < prediction["score"] <= 1 for prediction in answer.json())


def test_its_files_are_inspected_in_shards_and_all_rows_are_trained_on(
    cloud: Cloud, live: str
) -> None:
    record = cloud.run(cloud.runs(live)[-1]["run"])
    prefix = f"runs/{record['run']}/data/train/"
    listing = cloud.s3.list_objects_v2(Bucket=cloud.bucket, Prefix=prefix)
    names = [item["Key"].removeprefix(prefix) for item in listing["Contents"]]
    assert names == ["rows-00000.jsonl", "rows-00001.jsonl", "rows-00002.jsonl"]
    assert sum(record["data"]["rows"].values()) == 3 * ROWS
    assert record["evaluation"]["rows"] == record["data"]["rows"]["test"]


def test_the_model_page_tells_task_labels_metrics_and_an_example(
    cloud: Cloud, live: str
) -> None:
    page = cloud.http.get(ROUTE).json()
    assert page["task"] == "text-classification"
    assert page["labels"] == ["negative", "positive"]
    assert page["metrics"]["accuracy"] > 0.6
    assert (
        cloud.http.post(f"{ROUTE}/predict", json=page["example"]["body"]).status_code
        == 200
    )


def test_the_report_and_the_model_card_are_passed_on(cloud: Cloud, live: str) -> None:
    page = cloud.http.get(ROUTE).json()
    report, card = (cloud.http.get(page[name]) for name in ("report", "card"))
    assert (report.status_code, report.headers["content-type"]) == (
        200,
        "text/html; charset=utf-8",
    )
    assert report.text.startswith("<!doctype html>")
    assert "<svg " in report.text
    assert (card.status_code, card.headers["content-type"]) == (
        200,
        "text/markdown; charset=utf-8",
    )
    assert card.text.startswith("---\n")
    assert "\nlibrary_name: transformers\n" in card.text


def test_the_run_tells_its_steps_and_how_it_beat_the_baseline(
    cloud: Cloud, live: str
) -> None:
    record = cloud.run(cloud.runs(live)[-1]["run"])
    assert [step["step"] for step in record["steps"]] == [
        "inspecting",
        "training",
        "judging",
        "deploying",
        "verifying",
        "live",
    ]
    evaluation = record["evaluation"]
    trivial = evaluation["baselines"]["trivial"]["metrics"]["accuracy"]
    assert evaluation["model"]["accuracy"] > trivial


def test_everything_made_for_a_run_is_tagged(cloud: Cloud, live: str) -> None:
    run = cloud.runs(live)[0]
    endpoint = cloud.sagemaker.describe_endpoint(
        EndpointName=cloud.http.get(ROUTE).json()["endpoint"]
    )
    config = cloud.sagemaker.describe_endpoint_config(
        EndpointConfigName=endpoint["EndpointConfigName"]
    )
    tags = {
        tag["Key"]: tag["Value"]
        for tag in cloud.sagemaker.list_tags(ResourceArn=config["EndpointConfigArn"])[
            "Tags"
        ]
    }
    assert tags == {
        "traindrop:stack": "traindrop",
        "traindrop:model": live,
        "traindrop:run": run["run"],
    }


@contextmanager
def calling(cloud: Cloud) -> Iterator[list[tuple[int, str]]]:
    """Status of every answer and the run that gave it, of somebody who goes on calling the module's model."""
    answers: list[tuple[int, str]] = []
    stop = threading.Event()

    def keep_calling() -> None:
        with httpx.Client(
            base_url=cloud.http.base_url, headers=cloud.http.headers, timeout=60
        ) as client:
            while not stop.is_set():
                answer = client.post(f"{ROUTE}/predict", json={"inputs": "a fine film"})
                run = answer.headers.get("x-traindrop-run", "")
                answers.append((answer.status_code, run))
                time.sleep(0.02)

    caller = threading.Thread(target=keep_calling)
    caller.start()
    try:
        yield answers
    finally:
        stop.set()
        caller.join()


def is_past_training(cloud: Cloud, first: str) -> bool:
    """Whether the newest run, which is not the first one, has come to its later steps."""
    newest = cloud.runs(MODEL)[0]
    return newest["run"] != first and newest["status"] not in BEFORE_THE_ENDPOINT


def test_a_second_drop_updates_the_endpoint_without_a_failed_request(
    cloud: Cloud, live: str
) -> None:
    first = cloud.runs(live)[0]["run"]
    cloud.drop(live, reviews(ROWS, seed=3), FILE.format(number=3))
    # While a model is trained, nothing happens to the endpoint, and calls would take the training's cores.
    eventually("the second run is trained", lambda: is_past_training(cloud, first))
    with calling(cloud) as answers:
        record = cloud.ended(live, besides=[first])
    assert record["status"] == "live"
    assert {status for status, _ in answers} == {200}
    assert len(answers) > 20
    assert cloud.run(first)["status"] == "superseded"
    eventually(
        "the old config and model are gone after the grace time",
        lambda: not any(first in name for name in [*cloud.configs(), *cloud.models()]),
        timeout=30,
    )
    assert any(record["run"] in name for name in cloud.configs())


def test_a_rollback_trains_nothing_and_fails_no_request(
    cloud: Cloud, live: str
) -> None:
    second, first = (run["run"] for run in cloud.runs(live))
    jobs = cloud.jobs()
    with calling(cloud) as answers:
        started = time.monotonic()
        accepted = cloud.http.post(f"{ROUTE}/rollback")
        assert (accepted.status_code, accepted.json()["run"]) == (202, first)
        record = eventually(
            "the release before is live",
            lambda: cloud.run(first) if "ended_at" in cloud.run(first) else None,
        )
        print(f"rolled back after {time.monotonic() - started:.1f} s")
        eventually("it answers", lambda: answers[-1][1] == first)
    assert (record["status"], record["replaced"]) == ("live", second)
    assert record["promotion"]["kind"] == "rollback"
    assert {status for status, _ in answers} == {200}
    runs = [run for _, run in answers]
    assert (runs[0], runs[-1], set(runs)) == (second, first, {first, second})
    assert cloud.jobs() == jobs
    listed = cloud.http.get(f"{ROUTE}/releases").json()["releases"]
    states = {line["run"]: line["state"] for line in listed}
    assert states == {first: "live", second: "previous"}


def test_deleting_the_endpoint_leaves_nothing_that_bills(
    cloud: Cloud, live: str
) -> None:
    endpoint = cloud.http.get(ROUTE).json()["endpoint"]
    assert endpoint in cloud.endpoints()
    assert cloud.http.delete(f"{ROUTE}/endpoint").status_code == 200
    eventually(
        "the endpoint is gone", lambda: endpoint not in cloud.endpoints(), timeout=30
    )
    run = cloud.runs(live)[0]["run"]
    assert not any(run in name for name in [*cloud.configs(), *cloud.models()])
    assert cloud.predict(live, "a film").status_code == 409


def test_no_state_of_any_execution_is_larger_than_32_kilobytes(
    cloud: Cloud, live: str
) -> None:
    workflows = cloud.boto("stepfunctions")
    machine = next(
        item["stateMachineArn"]
        for item in workflows.list_state_machines()["stateMachines"]
        if item["name"] == STACK
    )
    executions = workflows.list_executions(stateMachineArn=machine)["executions"]
    assert executions
    for execution in executions:
        pages = workflows.get_paginator("get_execution_history").paginate(
            executionArn=execution["executionArn"]
        )
        for event in (event for page in pages for event in page["events"]):
            details: dict[str, object] = next(
                (event[key] for key in event if key.endswith("EventDetails")), {}
            )
            assert len(json.dumps(details, default=str).encode()) < STATE_LIMIT
