"""How many requests run at once, and what becomes of a backlog: updates, deletions, kills, age."""

from __future__ import annotations

import signal
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from localcloud.sagemaker.common.store import STORE_FILE
from tests.integration.localcloud.sagemaker.async_inference.endpoints import (
    answer,
    async_config,
    invoke,
    is_written,
    make_topic,
    serve,
    text,
    topics,
)
from tests.integration.localcloud.sagemaker.conftest import Local, wait_until


def test_no_more_than_the_limit_run_at_once_and_in_order(local: Local) -> None:
    name = serve(local, async_config(invocations=1))
    slow, quick = invoke(local, name, sleep=2), invoke(local, name)
    answer(local, quick)
    assert is_written(local, slow["OutputLocation"])


def test_several_run_at_once(local: Local) -> None:
    name = serve(local, async_config(invocations=2))
    slow, quick = invoke(local, name, sleep=4), invoke(local, name)
    answer(local, quick)
    assert not is_written(local, slow["OutputLocation"])
    assert answer(local, slow)["version"] == "one"


def test_an_update_loses_nothing_and_leads_to_the_new_fleet(local: Local) -> None:
    name = serve(local, async_config(invocations=1))
    first = invoke(local, name, sleep=3)
    config = local.make_config("two", asynchronous=async_config(invocations=1))
    local.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    accepted = [invoke(local, name) for _ in range(5)]
    assert local.endpoint_status(name) == "Updating"
    assert local.settled(name)["EndpointConfigName"] == config
    last = invoke(local, name)
    answers = [answer(local, item)["version"] for item in accepted]
    assert set(answers) <= {"one", "two"}
    assert answer(local, first)["version"] == "one"
    assert answer(local, last)["version"] == "two"


def test_a_deleted_endpoint_drops_its_backlog(local: Local) -> None:
    name = serve(local, async_config(invocations=1))
    running, waiting = invoke(local, name, sleep=2), invoke(local, name)
    local.sagemaker.delete_endpoint(EndpointName=name)

    def is_gone() -> bool:
        try:
            local.endpoint_status(name)
        except ClientError:
            return True
        return False

    wait_until(is_gone)
    assert is_written(local, running["OutputLocation"])
    config = local.make_config("two", asynchronous=async_config(invocations=1))
    local.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    local.settled(name)
    assert answer(local, invoke(local, name))["version"] == "two"
    assert not is_written(local, waiting["OutputLocation"])


def test_a_kill_loses_no_request_and_announces_each_once(own_local: Local) -> None:
    success, error = make_topic(own_local), make_topic(own_local)
    config = async_config(invocations=1, NotificationConfig=topics(success, error))
    name = serve(own_local, config)
    accepted = [invoke(own_local, name, sleep=2)]
    accepted += [invoke(own_local, name, inputs="good") for _ in range(5)]
    time.sleep(0.3)
    own_local.end(signal.SIGKILL)
    own_local.start()
    for item in accepted:
        assert answer(own_local, item)["version"] == "one"
    notice = success.results(len(accepted))
    counts = Counter(item["inferenceId"] for item in notice)
    assert counts == {item["InferenceId"]: 1 for item in accepted}
    assert remaining(own_local) == 0


def remaining(local: Local) -> int:
    """The requests in the store."""
    with sqlite3.connect(local.state / STORE_FILE) as database:
        [(count,)] = database.execute("SELECT COUNT(*) FROM async_invocations")
    database.close()
    return int(count)


def test_a_stop_leaves_the_request_in_progress_to_the_next_start(
    own_local: Local,
) -> None:
    accepted = invoke(own_local, serve(own_local), sleep=3)
    time.sleep(0.5)
    own_local.end()
    assert remaining(own_local) == 1
    own_local.start()
    assert answer(own_local, accepted)["version"] == "one"


def test_a_request_that_waited_too_long_expires(own_local: Local) -> None:
    success, error = make_topic(own_local), make_topic(own_local)
    config = async_config(invocations=1, NotificationConfig=topics(success, error))
    name = serve(own_local, config)
    invoke(own_local, name, sleep=60)
    waiting = invoke(own_local, name)
    own_local.end(signal.SIGKILL)
    with sqlite3.connect(own_local.state / STORE_FILE) as database:
        database.execute("UPDATE async_invocations SET expires = 0 WHERE number = 2")
    database.close()
    own_local.start()
    reason = text(own_local, waiting["FailureLocation"])
    assert reason.startswith("ClientError: The request expired")
    [notice] = error.results(1)
    assert (notice["invocationStatus"], notice["failureReason"]) == ("Failed", reason)
    assert not is_written(own_local, waiting["OutputLocation"])


def test_the_engines_cloudwatch_has_the_numbers_of_the_queue(local: Local) -> None:
    name = serve(local, async_config(invocations=1))
    accepted = [invoke(local, name, sleep=12), *(invoke(local, name) for _ in range(2))]

    def highest(metric: str, **variant: str) -> float:
        """Less than nothing where there is none."""
        dimensions: list[Any] = [{"Name": "EndpointName", "Value": name}]
        dimensions += [{"Name": key, "Value": value} for key, value in variant.items()]
        statistics = local.cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=dimensions,
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
            Period=3600,
            Statistics=["Maximum"],
        )
        points = [point["Maximum"] for point in statistics["Datapoints"]]
        return max(points, default=-1.0)

    for item in accepted:
        answer(local, item)
    for metric, least in (
        ("InvocationsProcessed", 1.0),
        ("TotalProcessingTime", 10_000),
        ("TimeInBacklog", 10_000_000),
        ("ModelLatency", 10_000_000),
    ):
        wait_until(partial(is_above, highest, metric, least), 40)
    assert highest("ApproximateBacklogSize") >= 0
    assert highest("HasBacklogWithoutCapacity") == 0
    assert highest("Invocations", VariantName="AllTraffic") < 0


def is_above(highest: Callable[..., float], metric: str, least: float) -> bool:
    return highest(metric, VariantName="AllTraffic") >= least


def test_endpoints_do_not_wait_for_each_other(local: Local) -> None:
    busy = serve(local, async_config(invocations=1))
    slow, queued = invoke(local, busy, sleep=4), invoke(local, busy)
    free = invoke(local, serve(local), identity=uuid.uuid4().hex)
    answer(local, free)
    assert not is_written(local, queued["OutputLocation"])
    assert answer(local, slow)["version"] == "one"
