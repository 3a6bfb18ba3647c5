from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.hosting.production_variant import ProductionVariant
from localcloud.sagemaker.operations.endpoints import variant_summary

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def summary(**fields: object) -> Body:
    variant = ProductionVariant.from_body(
        {"VariantName": "a", "ModelName": "m", **fields}
    )
    settings = Settings(Path("/state"), max_processes=2)
    return variant_summary(settings, variant, {"PrimaryContainer": {"Image": "i"}})


def test_a_serverless_variant_has_no_instance_count() -> None:
    serverless = summary(ServerlessConfig=SERVERLESS)
    assert serverless["CurrentServerlessConfig"] == SERVERLESS
    assert "CurrentInstanceCount" not in serverless
    assert serverless["DeployedImages"][0]["SpecifiedImage"] == "i"


def test_a_variant_on_instances_has_as_many_as_there_are_processes() -> None:
    instances = summary(InitialInstanceCount=4, InitialVariantWeight=0.5)
    counts = (instances["CurrentInstanceCount"], instances["DesiredInstanceCount"])
    assert (*counts, instances["CurrentWeight"]) == (2, 4, 0.5)
