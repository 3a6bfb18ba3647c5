"""Files of rows are answered by the deployed stack, under the roles that it has."""

from __future__ import annotations

import csv
import io
import json
import tarfile
import time
from typing import Any

import httpx
import pytest

from tests.e2e.client import Cloud, eventually
from tests.e2e.drops import reviews

MODEL = "listed-reviews"
OWN_MODEL = "counted-letters"
INFERENCE = b"""
def model_fn(model_dir):
    return {"boom"}

def predict_fn(data, model):
    if data["inputs"] in model:
        raise ValueError("no film is called so")
    return {"letters": len(data["inputs"])}
"""
ENDED = {"completed", "failed", "stopped"}


@pytest.fixture(scope="module")
def model(cloud: Cloud, live: str) -> str:
    """One of this module's own, that it may delete."""
    cloud.drop(MODEL, cloud.archive_of(live), "model.tar.gz")
    assert cloud.ended(MODEL)["status"] == "live"
    return MODEL


def texts(rows: int) -> list[str]:
    """Of a drop, without its labels."""
    table = csv.reader(io.StringIO(reviews(rows, seed=3).decode()))
    return [text for text, _ in list(table)[1:]]


def upload(cloud: Cloud, model: str, body: bytes) -> str:
    """Makes a batch, uploads its file by the link alone, and starts it."""
    made = cloud.http.post(f"/models/{model}/batch")
    assert made.status_code == 201, made.text
    link = made.json()["upload"]
    uploaded = httpx.request(link["method"], link["url"], content=body, timeout=60)
    assert uploaded.status_code == 200, uploaded.text
    batch = str(made.json()["batch"])
    started = cloud.http.post(f"/models/{model}/batch/{batch}/start")
    assert started.status_code == 202, started.text
    return batch


def ended(cloud: Cloud, model: str, batch: str, timeout: float = 180) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        page = cloud.http.get(f"/models/{model}/batch/{batch}").raise_for_status()
        return dict(page.json()) if page.json()["status"] in ENDED else None

    return eventually(f"the batch {batch} ends", look, timeout, pause=1.0)


def download(page: dict[str, Any]) -> str:
    assert page["status"] == "completed", page
    answer = httpx.get(page["result"]["url"], timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_each_row_of_a_csv_gets_its_answer_beside_it(cloud: Cloud, model: str) -> None:
    rows = texts(300)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "text"])
    writer.writerows(enumerate(rows))
    writer.writerow([300, ""])
    page = ended(cloud, model, upload(cloud, model, file.getvalue().encode()))
    assert (page["rows"], page["answered"], page["errors"]) == (301, 300, 1)
    table = list(csv.DictReader(io.StringIO(download(page), newline="")))
    assert [row["text"] for row in table] == [*rows, ""]
    assert "found an empty cell" in table[300]["error"]
    predicted = cloud.predict(model, rows[:5]).json()
    assert [row["label"] for row in table[:5]] == [item["label"] for item in predicted]
    scores = [float(row["score"]) for row in table[:5]]
    assert scores == pytest.approx([item["score"] for item in predicted], abs=1e-4)
    assert [name for name in cloud.models() if "--batch-" in name] == []


def test_a_file_in_the_bucket_is_answered_and_a_broken_row_harms_no_other(
    cloud: Cloud, model: str
) -> None:
    lines = [json.dumps({"inputs": text}) for text in texts(40)]
    lines.insert(7, "not JSON")
    body = "\n".join(lines).encode()
    key = "batches/uploads/rows.jsonl"
    cloud.s3.put_object(Bucket=cloud.bucket, Key=key, Body=body)
    started = cloud.http.post(
        f"/models/{model}/batch",
        json={"input": f"s3://{cloud.bucket}/{key}", "parameters": {"top_k": 2}},
    )
    assert started.status_code == 202, started.text
    page = ended(cloud, model, started.json()["batch"])
    answers = [json.loads(line) for line in download(page).splitlines()]
    assert "expected one JSON value" in answers[7]["error"]
    assert len(answers) == 41
    assert all(len(row["answer"]) == 2 for row in answers if "error" not in row)


@pytest.mark.slow
def test_the_row_that_code_of_the_model_fails_is_found(cloud: Cloud) -> None:
    """Nothing that Traindrop knows of the model says so before: two more transform jobs find it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(INFERENCE)
        archive.addfile(member, io.BytesIO(INFERENCE))
    cloud.drop(OWN_MODEL, b'example: {"inputs": "a film"}\n', "traindrop.yaml")
    cloud.drop(OWN_MODEL, packed.getvalue(), "model.tar.gz")
    assert cloud.ended(OWN_MODEL)["status"] == "live"
    rows = [*texts(60), "boom", *texts(60)]
    body = "\n".join(["inputs", *rows]).encode()
    page = ended(cloud, OWN_MODEL, upload(cloud, OWN_MODEL, body))
    table = list(csv.DictReader(io.StringIO(download(page), newline="")))
    assert (page["answered"], page["errors"]) == (120, 1)
    assert [row["inputs"] for row in table if row["error"]] == ["boom"]
    assert "no film is called so" in table[60]["error"]
    assert [row["letters"] for row in table if not row["error"]] == [
        str(len(text)) for text in rows if text != "boom"
    ]
    costs = cloud.http.get("/costs").raise_for_status().json()
    (own,) = [item for item in costs["models"] if item["model"] == OWN_MODEL]
    assert own["batch_seconds"] > 0


def test_a_stopped_batch_goes_on_and_a_deleted_model_takes_its_batches_along(
    cloud: Cloud, model: str
) -> None:
    body = "\n".join(["text", *texts(120)]).encode()
    batch = upload(cloud, model, body)
    path = f"/models/{model}/batch/{batch}"
    eventually(
        "it runs", lambda: cloud.http.get(path).json()["status"] == "running", pause=0.5
    )
    assert cloud.http.post(f"{path}/stop").json()["status"] == "stopped"
    jobs = cloud.names(
        "list_transform_jobs", "TransformJobSummaries", "TransformJobName"
    )
    assert [name for name in cloud.models() if "--batch-" in name] == []
    assert jobs
    assert cloud.http.post(f"{path}/start").status_code == 202
    assert ended(cloud, model, batch)["answered"] == 120

    def is_deleted() -> bool:
        answer = cloud.http.delete(f"/models/{model}")
        assert answer.status_code in {200, 409}, answer.text
        return answer.status_code == 200

    eventually("the model is deleted", is_deleted, timeout=60)
    assert cloud.keys(f"batches/{batch}/") == []
    assert cloud.keys("batches/uploads/") == []


@pytest.mark.slow
def test_ten_thousand_rows_are_answered(cloud: Cloud, live: str) -> None:
    rows = texts(10_000)
    started = time.monotonic()
    batch = upload(cloud, live, "\n".join(["review", *rows]).encode())
    page = ended(cloud, live, batch, timeout=900)
    print(f"10,000 rows: {time.monotonic() - started:.0f} s, {page}")
    assert (page["rows"], page["answered"], page["errors"]) == (10_000, 10_000, 0)
    table = list(csv.DictReader(io.StringIO(download(page), newline="")))
    assert [row["review"] for row in table] == rows
    assert {row["label"] for row in table} == {"positive", "negative"}
