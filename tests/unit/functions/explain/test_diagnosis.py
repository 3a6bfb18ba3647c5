from __future__ import annotations

import json

import pytest

from contracts.failures import CauseAndRemedy
from functions.explain.diagnosis import (
    Evidence,
    diagnose,
    evidence_of,
    last_exception,
    message_of,
)
from tests.unit.functions.fakes import MemoryLedger

TRACEBACK = [
    "step 10",
    "Traceback (most recent call last):",
    '  File "train.py", line 3, in <module>',
    "ValueError: labels must be in range",
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ",
]
CONCURRENCY = (
    "An error occurred (ResourceLimitExceeded) when calling the CreateEndpoint operation: The account-level service "
    "limit 'Maximum total concurrency that can be allocated across all serverless endpoints' is 10 Units, with current "
    "utilization of 10 Units and a request delta of 5 Units."
)
INSTANCES = (
    "An error occurred (ResourceLimitExceeded) when calling the UpdateEndpoint operation: The account-level service "
    "limit 'ml.m5.xlarge for endpoint usage' is 2 Instances, with current utilization of 2 Instances and a request "
    "delta of 1 Instances."
)
PING = "The primary container for production variant AllTraffic did not pass the ping health check."


def test_a_scripts_exception_is_the_cause() -> None:
    diagnosis = diagnose(
        Evidence("train", reason="AlgorithmError: , exit code: 1", log_tail=TRACEBACK)
    )
    assert (
        diagnosis.cause
        == "The training script failed: ValueError: labels must be in range (train.py, line 3)"
    )
    assert diagnosis.remedy == (
        "Read the log lines; correct the data, traindrop.yaml or the training script, and drop the data again."
    )


def test_a_scripts_exception_is_found_in_the_failure_reason_without_logs() -> None:
    reason = 'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "KeyError: \'label\'"\nCommand "x"'
    assert (
        diagnose(Evidence("train", reason=reason)).cause
        == "The training script failed: KeyError: 'label'"
    )


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (
            Evidence("train", reason="AlgorithmError: x, exit code: 137"),
            "Memory ran out.",
        ),
        (
            Evidence(
                "train",
                log_tail=[
                    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"
                ],
            ),
            "Memory ran out.",
        ),
        (
            Evidence(
                "train",
                log_tail=[
                    "OSError: We couldn't connect to 'https://huggingface.co' to load the files"
                ],
            ),
            "The Hugging Face Hub cannot be reached, so the base model could not be downloaded.",
        ),
        (
            Evidence(
                "train",
                log_tail=[
                    "OSError: org/nothing is not a local folder and is not a valid model identifier"
                ],
            ),
            "The Hugging Face Hub has no public model of the base model's name.",
        ),
        (
            Evidence(
                "deploy",
                "ClientError",
                "An error occurred (ResourceLimitExceeded): The account-level service limit",
            ),
            "The account's quota for this instance type is full or zero.",
        ),
        (
            Evidence(
                "deploy",
                reason="Unable to provision requested ML compute capacity due to InsufficientCapacity",
            ),
            "AWS has no instance of this type left at the moment.",
        ),
        (
            Evidence("deploy", reason=PING),
            "The serving container started but never became healthy.",
        ),
        (
            Evidence(
                "train",
                reason="ClientError: CannotPullContainerError: pull access denied",
            ),
            "The container image could not be pulled.",
        ),
        (
            Evidence(
                "train",
                "ClientError",
                "User: x is not authorized to perform: iam:PassRole on resource: y",
            ),
            "A function may not hand SageMaker its role. (iam:PassRole)",
        ),
        (
            Evidence(
                "deploy",
                "ClientError",
                "AccessDeniedException: x is not authorized to perform: sagemaker:CreateModel",
            ),
            "AWS denied access. (sagemaker:CreateModel)",
        ),
        (
            Evidence(
                "train", "ClientError", "Could not assume role arn:aws:iam::1:role/x"
            ),
            "SageMaker could not take its role.",
        ),
        (
            Evidence("train", log_tail=["OSError: [Errno 28] No space left on device"]),
            "The disk of the instance is full.",
        ),
        (
            Evidence(
                "train",
                reason='ClientError: Data download failed:No S3 objects found under S3 URL "s3://b/x/"',
            ),
            "Data or model could not be read from S3.",
        ),
        (
            Evidence(
                "train", reason="AlgorithmError: row 7 has no label, exit code: 42"
            ),
            "The training script failed: row 7 has no label",
        ),
        (
            Evidence(
                "train",
                reason="AlgorithmError: Rows lack labels. What to do: Add them., exit code: 1",
            ),
            "Rows lack labels.",
        ),
        (
            Evidence("judge", "ClientError", "ThrottlingException: Rate exceeded"),
            "AWS answered that there were too many",
        ),
        (
            Evidence("train", phase="MaxRuntimeExceeded", stopped=True),
            "The training job reached its time limit and was stopped.",
        ),
        (
            Evidence("train", phase="MaxWaitTimeExceeded", stopped=True),
            "The training job waited too long for spot capacity and was stopped.",
        ),
        (Evidence("train", stopped=True), "The training job was stopped by someone."),
        (
            Evidence("deploy", rolled_back=True, reason="no reason given"),
            "The new model did not come into service, and the endpoint went back to the earlier one: no reason given",
        ),
        (
            Evidence("deploy", rolled_back=True, was_verified=True, reason=PING),
            "The new model was verified on an endpoint of its own, but the model's endpoint did not go over to it and "
            f"serves the earlier one as before: {PING}",
        ),
        (
            Evidence("deploy", error="RefusedError", message=CONCURRENCY),
            "The account's quota for endpoints is full. A release of a live model needs twice what the model has, for "
            "some minutes: it is verified on an endpoint of its own beside the one that serves.",
        ),
        (
            Evidence("deploy", error="RefusedError", message=INSTANCES),
            "The account's quota for endpoints is full.",
        ),
        (
            Evidence(
                "verify", difference="verification row 1: answer: expected 1; found 2"
            ),
            "The endpoint does not answer as the model did in training: verification row 1: answer: expected 1; found",
        ),
        (
            Evidence(
                "train", refusals=("ml.a: quota is 0 Instances", "ml.b: no capacity")
            ),
            "No training instance was to be had: ml.a: quota is 0 Instances; ml.b: no capacity.",
        ),
        (
            Evidence(
                "workflow", "Interrupted", "the workflow was interrupted (ABORTED)"
            ),
            "The workflow was interrupted (ABORTED).",
        ),
        (
            Evidence("judge", "Sandbox.Timedout", "Task timed out after 60.00 seconds"),
            "The function of the step 'judge' ran out of time.",
        ),
        (
            Evidence(
                "judge", "OutputError", "key: expected evaluation.json; found none"
            ),
            "The step 'judge' failed: OutputError: key: expected evaluation.json; found none",
        ),
        (Evidence("deploy"), "The step 'deploy' failed: AWS gave no reason"),
    ],
)
def test_causes_are_recognised(evidence: Evidence, cause: str) -> None:
    diagnosis = diagnose(evidence)
    assert diagnosis.cause.startswith(cause)
    assert diagnosis.remedy.endswith(".")
    assert diagnosis.by_user == (evidence.stopped and not evidence.phase)


def test_what_the_script_died_of_counts_more_than_what_was_logged_before() -> None:
    log = [
        "warning: couldn't connect to 'https://huggingface.co', using the cache",
        *TRACEBACK,
    ]
    diagnosis = diagnose(Evidence("train", log_tail=log))
    assert (
        diagnosis.cause
        == "The training script failed: ValueError: labels must be in range (train.py, line 3)"
    )


def test_what_the_job_said_stands_word_for_word_before_anything_it_reminds_of() -> None:
    explanation = CauseAndRemedy(
        "The training diverged: MemoryError, says the data.", "Lower learning_rate."
    )
    by_file = diagnose(
        Evidence(
            "train",
            reason=f"AlgorithmError: {explanation}, exit code: 1",
            log_tail=TRACEBACK,
        )
    )
    by_log = diagnose(
        Evidence(
            "train",
            reason="AlgorithmError",
            log_tail=[*TRACEBACK, f"The job failed: {explanation}"],
        )
    )
    assert (
        (by_file.cause, by_file.remedy)
        == (by_log.cause, by_log.remedy)
        == (explanation.cause, explanation.remedy)
    )


def test_a_place_in_the_libraries_is_not_the_scripts() -> None:
    log = [
        "Traceback (most recent call last):",
        '  File "/opt/ml/code/train.py", line 30, in <module>',
        '  File "/usr/local/lib/python3.12/site-packages/torch/nn/functional.py", line 3104, in f',
        "TypeError: no tensor",
    ]
    assert diagnose(Evidence("train", log_tail=log)).cause == (
        "The training script failed: TypeError: no tensor (train.py, line 30)"
    )


def test_the_log_is_searched_where_nothing_else_tells() -> None:
    assert diagnose(
        Evidence("deploy", log_tail=["CUDA out of memory", "bye"])
    ).cause.startswith("Memory ran out")


@pytest.mark.parametrize(
    ("lines", "exception"),
    [
        (TRACEBACK, "ValueError: labels must be in range"),
        (["[rank0]: RuntimeError: shapes"], "RuntimeError: shapes"),
        (
            ["datasets.exceptions.DatasetNotFound: gone"],
            "datasets.exceptions.DatasetNotFound: gone",
        ),
        (["INFO: all is well", "Error rate: 3"], None),
        ([], None),
    ],
)
def test_the_last_exception_is_found(lines: list[str], exception: str | None) -> None:
    assert last_exception(lines) == exception


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (
            json.dumps(
                {"errorMessage": "boom", "errorType": "ValueError", "stackTrace": []}
            ),
            "boom",
        ),
        ('{"errorMessage": "cut \\"here\\" and the', 'cut \\"here\\" and the'),
        ("plain", "plain"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_a_catchs_cause_is_read_even_if_cut_off(cause: str, message: str) -> None:
    assert message_of(cause) == message


def test_refusals_count_only_where_no_job_ever_started(ledger: MemoryLedger) -> None:
    tries = [
        {"instance_type": "ml.a", "at": "t", "reason": "first."},
        {"instance_type": "ml.a", "at": "t", "reason": "last."},
    ]
    waiting = ledger.add("r", status="training", training={"tries": tries})
    assert evidence_of({"step": "train"}, waiting, None, []).refusals == ("ml.a: last",)
    running = ledger.add("r", status="training", training={"tries": tries, "job": "j"})
    assert evidence_of({"step": "train"}, running, None, []).refusals == ()


MAP_FAILED = {"step": "inspect", "error": "States.ExceedToleratedFailureThreshold"}
SHARD_FAILURE = {
    "files": ["train-0003.csv"],
    "error": "KeyError",
    "message": "train-0003.csv, row 7: 'text'",
}


def test_a_failed_map_is_explained_by_the_shard_that_failed() -> None:
    failure = SHARD_FAILURE | {"at": "2999-01-01T00:00:00.000+00:00"}
    record = MemoryLedger().add("r-1", shard_failure=failure)
    diagnosis = diagnose(evidence_of(MAP_FAILED, record, None, []))
    assert diagnosis.cause == (
        "The step 'inspect' failed: KeyError: train-0003.csv, row 7: 'text'"
    )


def test_a_shard_that_failed_in_an_earlier_try_explains_nothing() -> None:
    failure = SHARD_FAILURE | {"at": "2000-01-01T00:00:00.000+00:00"}
    record = MemoryLedger().add("r-1", shard_failure=failure)
    assert "train-0003" not in diagnose(evidence_of(MAP_FAILED, record, None, [])).cause


def test_another_failure_is_not_explained_by_a_shard() -> None:
    failure = SHARD_FAILURE | {"at": "2999-01-01T00:00:00.000+00:00"}
    record = MemoryLedger().add("r-1", shard_failure=failure)
    event = {"step": "train", "error": "Boom", "cause": "no job"}
    assert diagnose(evidence_of(event, record, None, [])).cause == (
        "The step 'train' failed: Boom: no job"
    )
