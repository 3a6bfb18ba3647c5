from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.batch import BatchStatus
from functions.batch import shards as shard_rules
from functions.common.names import batch_name
from tests.unit.functions.aws_model import problems
from tests.unit.functions.batch.desk import INPUT, ROLE, Desk, reviews
from tests.unit.functions.fakes import STACK

TEXTS = [f"film {number}" for number in range(250)]


def refusing(*texts: str) -> Any:
    """A model that fails requests with these texts."""

    def answer(request: Any) -> Any:
        if request["inputs"] in texts:
            return None
        return [{"label": request["inputs"].upper(), "score": 0.5}]

    return answer


def test_every_row_has_its_answer_beside_it_in_order() -> None:
    desk = Desk(refusing())
    ended = desk.run(desk.start(reviews(TEXTS)))
    table = desk.table(ended)
    assert [row["review"] for row in table] == TEXTS
    assert [row["label"] for row in table] == [text.upper() for text in TEXTS]
    assert list(table[0]) == ["id", "review", "label", "score", "error"]
    assert (ended.rows, ended.answered, ended.errors, ended.jobs) == (250, 250, 0, 1)
    assert ended.ended_at


def test_its_model_is_made_for_it_and_deleted_at_the_end() -> None:
    desk = Desk()
    record = desk.start(reviews(TEXTS))
    assert desk.step(record) == "continue"
    assert desk.step(record) == "wait"
    (model,) = desk.sagemaker.models.values()
    (job,) = desk.sagemaker.transforms.values()
    assert model["ExecutionRoleArn"] == ROLE
    assert (
        "SAGEMAKER_MODEL_SERVER_WORKERS" not in model["PrimaryContainer"]["Environment"]
    )
    assert job["ModelName"] == model["ModelName"] == batch_name(STACK, record.batch)
    assert problems("sagemaker", "CreateModel", model) == ""
    request = {
        name: value
        for name, value in job.items()
        if name not in {"TransformJobStatus", "CreationTime"}
    }
    assert problems("sagemaker", "CreateTransformJob", request) == ""
    desk.end_jobs()
    desk.run(record)
    assert desk.sagemaker.models == {}


def test_a_row_that_the_model_cannot_be_asked_is_an_error_beside_it() -> None:
    desk = Desk()
    body = "id,review\n1,a film\n2,\n3,too,many\n4,another\n"
    ended = desk.run(desk.start(body))
    table = desk.table(ended)
    assert [row["label"] for row in table] == ["positive", "", "", "positive"]
    assert "expected a text; found an empty cell" in table[1]["error"]
    assert "expected 2 cells as in the header; found 3" in table[2]["error"]
    assert (ended.answered, ended.errors) == (2, 2)


def test_the_one_row_that_the_model_fails_is_found_and_the_others_are_answered() -> (
    None
):
    desk = Desk(refusing("film 17", "film 230"))
    ended = desk.run(desk.start(reviews(TEXTS)))
    failed = [row["review"] for row in desk.table(ended) if row["error"]]
    assert failed == ["film 17", "film 230"]
    assert desk.table(ended)[17]["error"].startswith("the model gave no answer: ")
    assert (ended.answered, ended.errors) == (248, 2)
    assert ended.jobs == 3


def test_the_error_of_a_row_is_what_the_log_says_of_it() -> None:
    desk = Desk(refusing("film 1"))
    desk.logs.lines = ["000000001-1.jsonl: Bad HTTP status: 400 no such word"]
    ended = desk.run(desk.start(reviews(TEXTS[:3])))
    assert "400 no such word" in desk.table(ended)[1]["error"]


def test_a_model_that_answers_nothing_fails_the_batch_after_two_jobs() -> None:
    desk = Desk(lambda request: None)
    ended = desk.run(desk.start(reviews(TEXTS)))
    assert (ended.status, ended.jobs) == (BatchStatus.FAILED, 2)
    assert "See job logs" in (ended.failure or "")
    assert f"/models/reviews/batch/{ended.batch}/start" in (ended.failure or "")
    assert desk.sagemaker.models == {}


def test_a_job_that_failed_for_another_reason_is_not_divided() -> None:
    desk = Desk(lambda request: None)
    desk.job_failure = (
        "AlgorithmError: The container did not pass the ping health check"
    )
    ended = desk.run(desk.start(reviews(TEXTS)))
    assert (ended.status, ended.jobs) == (BatchStatus.FAILED, 1)
    assert "ping health check" in (ended.failure or "")


def allow_small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of 100 requests each."""
    monkeypatch.setattr(shard_rules, "FIRST_JOB_REQUESTS", 100)
    monkeypatch.setattr(shard_rules, "JOB_SECONDS", 100)


def test_a_failed_batch_goes_on_with_what_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow_small_jobs(monkeypatch)
    desk = Desk()
    record = desk.start_job(reviews(TEXTS))
    desk.end_jobs()
    desk.sagemaker.refusals["ml.m5.xlarge"] = "a full quota"
    failed = desk.run(record)
    assert failed.status is BatchStatus.FAILED
    assert "Service Quotas" in (failed.failure or "")
    assert failed.answered == 100
    desk.sagemaker.refusals.clear()
    requests: list[str] = []

    def answer(request: Any) -> Any:
        requests.append(request["inputs"])
        return [{"label": "late", "score": 1.0}]

    desk.answer = answer
    ended = desk.run(desk.begin(failed))
    assert requests == TEXTS[100:]
    labels = [row["label"] for row in desk.table(ended)]
    assert labels == ["positive"] * 100 + ["late"] * 150


def test_a_stopped_batch_keeps_the_answers_of_ended_jobs_and_is_written_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow_small_jobs(monkeypatch)
    desk = Desk()
    record = desk.start_job(reviews(TEXTS))
    desk.end_jobs()
    for _ in range(2):
        desk.step(record)
    stopped = desk.control.stop(desk.read(record))
    assert stopped is not None
    assert stopped.status is BatchStatus.STOPPED
    assert [
        job["TransformJobStatus"] for job in desk.sagemaker.transforms.values()
    ] == [
        "Completed",
        "Stopping",
    ]
    assert desk.sagemaker.models == {}
    assert desk.step(record) == "ended"
    assert desk.read(record) == stopped
    ended = desk.run(desk.begin(stopped))
    assert (ended.status, ended.answered) == (BatchStatus.COMPLETED, 250)


def test_an_execution_of_an_earlier_try_does_nothing() -> None:
    desk = Desk()
    first = desk.start(reviews(TEXTS))
    stopped = desk.control.stop(first)
    assert stopped is not None
    second = desk.begin(stopped)
    assert desk.step(first) == "ended"
    assert desk.read(second).status is BatchStatus.PREPARING


def test_a_job_whose_batch_is_stopped_while_it_is_created_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    record = desk.start(reviews(TEXTS))
    desk.step(record)
    create = desk.sagemaker.create_transform

    def create_late(request: Any) -> bool:
        desk.control.stop(desk.read(record))
        return create(request)

    monkeypatch.setattr(desk.sagemaker, "create_transform", create_late)
    desk.step(record)
    (job,) = desk.sagemaker.transforms.values()
    assert job["TransformJobStatus"] == "Stopping"


def test_a_step_that_is_repeated_makes_nothing_twice() -> None:
    desk = Desk()
    record = desk.start_job(reviews(TEXTS))
    desk.sagemaker.transforms.clear()
    assert desk.step(record) == "wait"
    assert [*desk.sagemaker.transforms] == [batch_name(STACK, record.batch, 1)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "found an empty file"),
        (b"PAR1....", "found Parquet"),
        (b"id,review\n", "found a header alone"),
        (b"id,review\n1,\n", "row 1: column 'review'"),
        (b"id,stars\n1,2\n", "Expected 'review'"),
        (b"a,a\n1,2\n", "a different name for each column"),
        (b"review\n\xff\xfe\xff\n", "found bytes that are not"),
        (b'[\n{"inputs": "a"}\n]', "without a list around them"),
        (b'review\n"never closed\n', "Close its quotes"),
    ],
)
def test_a_file_without_rows_fails_the_batch_with_what_to_do(
    body: bytes, words: str
) -> None:
    desk = Desk()
    ended = desk.run(desk.start(body))
    assert ended.status is BatchStatus.FAILED
    assert words in (ended.failure or "")
    assert desk.sagemaker.transforms == {}


def test_a_file_that_is_not_there_fails_the_batch() -> None:
    desk = Desk()
    record = desk.start(reviews(TEXTS))
    del desk.storage.objects[INPUT]
    assert "s3://data/batches/rows; found none" in (desk.run(record).failure or "")


def test_a_release_that_was_removed_fails_the_batch() -> None:
    desk = Desk()
    record = desk.start(reviews(TEXTS))
    del desk.ledger.run_records[record.run or ""]["archive"]
    assert "found it removed" in (desk.run(record).failure or "")


def test_json_lines_get_their_answers_as_json() -> None:
    desk = Desk(lambda request: [[1.5, 2], request["parameters"]])
    rows = [
        {"id": 1, "inputs": "a"},
        "b",
        {"review": "c", "answer": "mine"},
        {"inputs": "d", "parameters": {"top_k": 1}},
    ]
    body = "".join(f"{json.dumps(row)}\n" for row in rows) + "{broken\n"
    ended = desk.run(desk.start(body, top_k=2))
    first, second, third, fourth, broken = desk.lines(ended)
    assert first == {"id": 1, "inputs": "a", "answer": [[1.5, 2], {"top_k": 2}]}
    assert second == {"inputs": "b", "answer": [[1.5, 2], {"top_k": 2}]}
    assert third["answer"] == "mine"
    assert third["predicted_answer"] == [[1.5, 2], {"top_k": 2}]
    assert fourth["answer"][1] == {"top_k": 1}
    assert broken["line"] == "{broken"
    assert "expected one JSON value" in broken["error"]


def test_a_batch_whose_step_fails_for_good_says_so() -> None:
    desk = Desk()
    record = desk.start(reviews(TEXTS))
    desk.step(record)
    desk.work.fail(record.model, record.batch, record.tries, "RefusedError: denied")
    failed = desk.read(record)
    assert failed.status is BatchStatus.FAILED
    assert "RefusedError: denied" in (failed.failure or "")
    assert desk.sagemaker.models == {}


def test_a_running_batch_says_how_far_it_is() -> None:
    desk = Desk()
    record = desk.start_job(reviews(TEXTS))
    desk.storage.drop(
        f"batches/{record.batch}/answers/000000000-100.jsonl.out", b"[]\n" * 100
    )
    desk.storage.drop(f"batches/{record.batch}/answers/of-the-container.txt", b"x")
    assert desk.step(record) == "wait"
    assert desk.read(record).answered == 100


def test_wrong_answers_of_a_container_are_errors_of_their_rows() -> None:
    desk = Desk()
    record = desk.start_job(reviews(TEXTS[:2]))
    desk.end_jobs()
    desk.storage.drop(f"batches/{record.batch}/answers/000000000-2.jsonl.out", b"1\n")
    table = desk.table(desk.run(record))
    assert all("not one JSON value each" in row["error"] for row in table)


def test_what_waits_is_known_by_the_age_of_the_job() -> None:
    desk = Desk()
    record = desk.start(reviews(TEXTS))
    desk.step(record)
    answer = desk.work.advance(record.model, record.batch, record.tries)
    assert answer == {"outcome": "wait", "age_seconds": 0}
