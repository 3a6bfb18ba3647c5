from __future__ import annotations

from typing import Any

from contracts.costs import CostEstimate, RateSample
from contracts.spec import Spec
from functions.costs.durations import training_kind
from functions.costs.estimate import Estimator
from functions.costs.prices import Prices
from tests.unit.functions.fakes import STAMP, MemoryLedger, cost_book
from tests.unit.functions.specs import RUN, spec

G5, G6 = "ml.g5.xlarge", "ml.g6.xlarge"


def written(*types: str, **changes: Any) -> Spec:
    compute = spec()["compute"] | {"instance_types": list(types)}
    return Spec.read(spec(compute=compute, **changes))


def estimate(
    written_spec: Spec, samples: dict[str, RateSample] | None = None
) -> CostEstimate:
    book = cost_book()
    for instance_type, sample in (samples or {}).items():
        book.learn(training_kind(written_spec, instance_type), STAMP, sample)
    estimator = Estimator(Prices("us-east-1", None), book)
    return estimator.estimate(MemoryLedger().add(RUN), written_spec, STAMP)


MEASURED = RateSample("r", 0, 0, 3_600)


def test_the_range_is_over_all_types_that_the_run_may_get() -> None:
    computed = estimate(
        written(G5, "ml.g4dn.xlarge"), {G5: MEASURED, "ml.g4dn.xlarge": MEASURED}
    )
    assert computed.minutes == (45, 90)
    assert computed.usd == (0.5523, 2.1126)
    assert computed.basis == "By what 1 training of the same kind took before."
    assert computed.sentence == (
        "Training: 45 to 90 min on ml.g5.xlarge or ml.g4dn.xlarge, 0.55 to 2.11 USD. "
        "The endpoint bills by request."
    )


def test_a_type_without_a_price_is_named() -> None:
    computed = estimate(written(G5, G6), {G5: MEASURED, G6: MEASURED})
    assert (computed.unpriced, computed.usd) == ((G6,), (1.0563, 2.1126))
    assert "1.06 to 2.11 USD (unknown price of ml.g6.xlarge)" in computed.sentence
    none = estimate(written(G6), {G6: MEASURED})
    assert none.usd is None
    assert ", unknown price of ml.g6.xlarge." in none.sentence


def test_every_instance_of_a_job_bills() -> None:
    compute = spec()["compute"] | {"instance_types": [G5], "instance_count": 2}
    two = Spec.read(spec(compute=compute))
    computed = estimate(two, {G5: MEASURED})
    assert computed.usd == (2.1126, 4.2252)
    assert "on 2 x ml.g5.xlarge" in computed.sentence


def test_without_a_measurement_the_estimate_says_so() -> None:
    assert estimate(written(G5)).basis == (
        "No training of this kind has been measured: from docs/performance.md (two CPU cores), at a fifth to ten "
        "times its speed, and 1 to 10 minutes to start, judge and pack."
    )
    assert estimate(written(G5, script=True)).basis == (
        "How long the drop's own training script takes is not known: at most its time limit."
    )


def test_an_endpoint_on_instances_bills_by_the_hour() -> None:
    deployment = spec()["deployment"] | {"mode": "realtime", "instance_count": 2}
    computed = estimate(written(G5, deployment=deployment))
    assert computed.endpoint is not None
    assert computed.endpoint.usd_per_hour == 0.46
    assert computed.sentence.endswith(
        "The endpoint (2 x ml.m5.xlarge): 0.460 USD an hour, from deployment until it is deleted or sleeps."
    )


def test_an_endpoint_of_a_type_without_a_price_says_so() -> None:
    deployment = spec()["deployment"] | {"mode": "realtime", "instance_type": "ml.x.y"}
    computed = estimate(written(G5, deployment=deployment))
    assert "(1 x ml.x.y): unknown price, from" in computed.sentence
