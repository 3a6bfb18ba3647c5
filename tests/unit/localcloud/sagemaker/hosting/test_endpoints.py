from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.hosting import records
from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.settings import Settings

NEW: list[Body] = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]


def an_endpoint() -> Body:
    return {"EndpointStatus": "InService", "EndpointConfigName": "old", "ProductionVariants": [], "FailureReason": "x"}


def test_an_update_takes_over_what_was_pending() -> None:
    endpoint = an_endpoint()
    records.begin_update(endpoint, "new", NEW)
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("Updating", "old")
    records.in_service(endpoint)
    assert endpoint == {"EndpointStatus": "InService", "EndpointConfigName": "new", "ProductionVariants": NEW}


def test_a_failed_update_keeps_the_old_config_and_says_why() -> None:
    endpoint = an_endpoint()
    records.begin_update(endpoint, "new", NEW)
    records.rolled_back(endpoint, "why")
    assert endpoint == an_endpoint() | {"FailureReason": "why"}


def test_a_serverless_variant_has_no_instance_count() -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variants = [
        {"VariantName": "a", "ModelName": "m", "ServerlessConfig": serverless},
        {"VariantName": "b", "ModelName": "m", "InitialInstanceCount": 4, "InitialVariantWeight": 0.5},
    ]
    model = {"PrimaryContainer": {"Image": "i"}}
    settings = Settings(Path("/state"), max_processes=2)
    a, b = records.variant_summaries(settings, {"ProductionVariants": variants}, {"m": model})
    assert a["CurrentServerlessConfig"] == serverless
    assert "CurrentInstanceCount" not in a
    assert (b["CurrentInstanceCount"], b["DesiredInstanceCount"], b["CurrentWeight"]) == (2, 4, 0.5)
    assert a["DeployedImages"][0]["SpecifiedImage"] == "i"
