from __future__ import annotations

from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.hosting.endpoints import (
    begin_update,
    enter_service,
    roll_back,
)

NEW: list[Body] = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]


def an_endpoint() -> Body:
    return {
        "EndpointStatus": "InService",
        "EndpointConfigName": "old",
        "ProductionVariants": [],
        "FailureReason": "x",
    }


def test_an_update_takes_over_what_was_pending() -> None:
    endpoint = an_endpoint()
    begin_update(endpoint, "new", NEW)
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == (
        "Updating",
        "old",
    )
    enter_service(endpoint)
    assert endpoint == {
        "EndpointStatus": "InService",
        "EndpointConfigName": "new",
        "ProductionVariants": NEW,
    }


def test_a_failed_update_keeps_the_old_config_and_says_why() -> None:
    endpoint = an_endpoint()
    begin_update(endpoint, "new", NEW)
    roll_back(endpoint, "why")
    assert endpoint == an_endpoint() | {"FailureReason": "why"}
