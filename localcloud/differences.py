"""Where the local cloud differs from AWS, and the test that shows what happens here.

A difference that is closed leaves this table: its test fails then. `make generate` writes the table of
`docs/localcloud.md` from it.
"""

from __future__ import annotations

from dataclasses import dataclass

_ENGINE = "tests/integration/localcloud/engine"
_SAGEMAKER = "tests/integration/localcloud/sagemaker"


@dataclass(frozen=True)
class Difference:
    """One row of the table. Every text is a clause in Markdown."""

    service: str
    aws: str
    here: str
    test: str
    """`path::function`, from the root of the repository."""


DIFFERENCES = (
    Difference(
        "Lambda",
        "a function runs in the `Runtime` of the template, on arm64, and sees its layers",
        "it runs in the engine's own Python and sees the engine's packages too",
        f"{_ENGINE}/test_differences.py::test_a_function_runs_in_the_engines_python",
    ),
    Difference(
        "Lambda",
        "as many functions run at once as the account's concurrency allows",
        "a few at once, at most 24 on two cores; the others wait",
        f"{_ENGINE}/functions/test_executor.py::test_a_burst_shares_a_few_workers",
    ),
    Difference(
        "Step Functions",
        "`CreateStateMachine` refuses a definition that is not valid",
        "it takes any; `make validate` checks ours",
        f"{_ENGINE}/test_differences.py::test_a_definition_is_not_validated",
    ),
    Difference(
        "Step Functions",
        "a task without a heartbeat for `HeartbeatSeconds` fails",
        "`HeartbeatSeconds` is ignored",
        f"{_ENGINE}/test_differences.py::test_a_missing_heartbeat_is_ignored",
    ),
    Difference(
        "API Gateway",
        "header names reach a function as the client wrote them",
        "they arrive in lower case",
        f"{_ENGINE}/test_rest_api.py::test_header_names_arrive_in_lower_case",
    ),
    Difference(
        "CloudWatch",
        "metrics in the embedded format of a function's log become metrics",
        "they stay lines of the log",
        f"{_ENGINE}/test_differences.py::test_embedded_metrics_stay_log_lines",
    ),
    Difference(
        "X-Ray",
        "traces are kept",
        "there is no X-Ray",
        f"{_ENGINE}/test_differences.py::test_there_is_no_xray",
    ),
    Difference(
        "S3",
        "lifecycle rules delete what is due",
        "rules are kept and never run",
        f"{_ENGINE}/test_differences.py::test_lifecycle_rules_never_run",
    ),
    Difference(
        "SageMaker",
        "every operation of the API",
        "those that Traindrop and common clients call; any other is refused by name",
        f"{_SAGEMAKER}/test_control.py::test_an_operation_that_is_not_here_is_named",
    ),
    Difference(
        "SageMaker",
        "an asynchronous endpoint without `MaxConcurrentInvocationsPerInstance` has a limit that SageMaker chooses",
        "4 requests at once for each process; a process is an instance",
        "tests/unit/localcloud/sagemaker/async_inference/test_config.py::test_what_is_left_out_is_none_or_a_default",
    ),
    Difference(
        "SageMaker",
        "how a failure that is not the model's own is reported is not documented",
        "`S3FailurePath` and `failureReason` have a sentence that says what failed, an expired request's too",
        f"{_SAGEMAKER}/hosting/test_async_processing.py::test_an_input_that_is_not_there_fails_the_request",
    ),
    Difference(
        "SageMaker",
        "asynchronous endpoints scale to no instance and back",
        "there is no Application Auto Scaling; `HasBacklogWithoutCapacity` is 1 while no model server is ready",
        "tests/unit/localcloud/sagemaker/hosting/test_async_metrics.py::"
        "test_the_numbers_of_a_queue_are_those_of_the_endpoint",
    ),
    Difference(
        "SageMaker",
        "quotas limit instances by type; a job beyond them is refused",
        "a job of any instance type starts",
        f"{_SAGEMAKER}/test_differences.py::test_no_quota_refuses_a_job",
    ),
    Difference(
        "SageMaker",
        "transform jobs split RecordIO and TFRecord, filter by JSONPath and join whole JSON documents",
        "they split lines, and join lines of CSV or JSON; what else is asked for is refused by name",
        f"{_SAGEMAKER}/transform/test_job_life.py::test_what_is_not_here_is_refused",
    ),
    Difference(
        "Training",
        "a job gets instances of its own",
        "jobs share this machine; those beyond its memory and cores wait in `Pending`, in the order of their creation",
        f"{_SAGEMAKER}/training/test_machine_queue.py::"
        "test_a_job_without_room_is_pending_until_those_before_it_have_ended",
    ),
    Difference(
        "Training",
        "the instance type decides on processors, memory and GPUs; `VolumeSizeInGB` on the disk of types without NVMe",
        "a job has this machine, whatever it asks for",
        f"{_SAGEMAKER}/test_differences.py::test_a_job_has_this_machine",
    ),
    Difference(
        "Training",
        "a job of several instances runs on each of them",
        "it runs once",
        f"{_SAGEMAKER}/test_differences.py::test_a_job_of_several_instances_runs_once",
    ),
    Difference(
        "Images",
        "a job runs in its image: its Python, the versions of its packages, its user",
        "it sees the packages that `requirements/images/` lists for its image and those of its `requirements.txt`, in "
        "this machine's versions, on this machine's Python, as the user who started the cloud (but see "
        "`TRAINDROP_IMAGES=real` above); an image that is not listed there sees all",
        f"{_SAGEMAKER}/training/test_requirements.py::test_a_job_sees_its_image_and_its_requirements_and_no_other_package",
    ),
    Difference(
        "Endpoints",
        "`FailureReason` of a container that never became healthy is one sentence",
        "the last lines of the endpoint's log follow it",
        f"{_SAGEMAKER}/hosting/test_endpoints.py::test_an_endpoint_whose_server_never_starts_fails_and_can_be_deleted",
    ),
    Difference(
        "Endpoints",
        "a serverless endpoint starts a container when a request finds none, in up to minutes",
        "its process starts with the endpoint and stays, unless the local SageMaker has `--cold-start SECONDS`",
        "tests/unit/localcloud/sagemaker/hosting/test_cold_start.py::test_without_the_option_nobody_waits",
    ),
)
