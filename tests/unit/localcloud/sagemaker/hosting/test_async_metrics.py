from __future__ import annotations

from typing import Any, cast

from localcloud.sagemaker.hosting.async_metrics import AsyncMetrics
from tests.unit.localcloud.sagemaker.hosting.test_invocation_metrics import KeptData


def published(kept: KeptData) -> dict[tuple[str, ...], Any]:
    return {name[1:]: value for name, value in kept.values.items()}


def test_the_numbers_of_a_queue_are_those_of_the_endpoint() -> None:
    kept = KeptData()
    metrics = AsyncMetrics(lambda: cast(Any, kept))
    metrics.note_backlog("busy", 6, 2.5, instances=2)
    metrics.note_backlog("stuck", 1, 9.0, instances=0)
    metrics.note_backlog("idle", 0, 0.0, instances=0)
    metrics.buffer.publish()
    values = published(kept)
    assert values["ApproximateBacklogSize", "busy"] == [6]
    assert values["ApproximateBacklogSizePerInstance", "busy"] == [3]
    assert values["ApproximateAgeOfOldestRequest", "busy"] == [2.5]
    assert values["HasBacklogWithoutCapacity", "busy"] == [0]
    assert values["HasBacklogWithoutCapacity", "stuck"] == [1]
    assert values["HasBacklogWithoutCapacity", "idle"] == [0]
    assert ("ApproximateBacklogSizePerInstance", "stuck") not in values


def test_the_numbers_of_requests_are_those_of_the_variant() -> None:
    kept = KeptData()
    metrics = AsyncMetrics(lambda: cast(Any, kept))
    metrics.note_model("e", "v", 500, 0.5)
    metrics.count("InvocationFailures", "e", "v")
    metrics.time("TimeInBacklog", "e", "v", 2.0)
    metrics.note_end("e", "v", 3.0)
    metrics.buffer.publish()
    assert published(kept) == {
        ("Invocation4XXErrors", "e", "v"): 0,
        ("Invocation5XXErrors", "e", "v"): 1,
        ("ModelLatency", "e", "v"): [500_000],
        ("InvocationFailures", "e", "v"): 1,
        ("TimeInBacklog", "e", "v"): [2_000_000],
        ("InvocationsProcessed", "e", "v"): 1,
        ("TotalProcessingTime", "e", "v"): [3_000],
    }
