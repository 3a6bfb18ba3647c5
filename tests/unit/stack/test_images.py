"""The image tables of the template against the ones that the SageMaker SDK publishes."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from tests.unit.stack import template

TABLE = "sagemaker/core/image_uri_config/huggingface.json"
VERSIONS = {
    "training": ("5.3.0", "pytorch2.9.0", "gpu"),
    "inference": ("5.5.3", "pytorch2.6.0", "cpu"),
}
KEYS = {"training": "Training", "inference": "Serving"}


def published(scope: str) -> dict[str, Any]:
    transformers, framework, _ = VERSIONS[scope]
    path = Path(str(distribution("sagemaker-core").locate_file(TABLE)))
    entry = json.loads(path.read_text())[scope]["versions"][transformers][framework]
    assert isinstance(entry, dict)
    return entry


@pytest.mark.parametrize("scope", VERSIONS)
def test_the_image_is_one_the_sdk_publishes(scope: str) -> None:
    transformers, framework, device = VERSIONS[scope]
    entry = published(scope)
    expected = (
        f"{entry['repository']}:{framework.removeprefix('pytorch')}-transformers{transformers}-{device}-"
        f"{entry['py_versions'][0]}-{entry['container_version'][device]}"
    )
    assert template.load()["Mappings"]["Images"]["HuggingFace"][KEYS[scope]] == expected


@pytest.mark.parametrize(
    ("function", "variable", "parameter", "key"),
    [
        ("StartTrainingFunction", "TRAINING_IMAGE", "TrainingImage", "Training"),
        ("CreateModelFunction", "SERVING_IMAGE", "ServingImage", "Serving"),
    ],
)
def test_an_image_of_ones_own_stands_before_the_tables(
    function: str, variable: str, parameter: str, key: str
) -> None:
    result = template.load()
    condition, value, otherwise = template.functions()[function]["Environment"][
        "Variables"
    ][variable]["Fn::If"]
    assert result["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]
    }
    assert value == {"Ref": parameter}
    assert otherwise["Fn::Sub"][1]["Image"] == {
        "Fn::FindInMap": ["Images", "HuggingFace", key]
    }
    assert result["Parameters"][parameter]["Default"] == ""


def test_the_accounts_are_the_sdks_for_every_region_that_has_both_images() -> None:
    training, serving = (
        published("training")["registries"],
        published("inference")["registries"],
    )
    both = {
        region: account
        for region, account in training.items()
        if serving.get(region) == account
    }
    ours = {
        region: entry["Id"]
        for region, entry in template.load()["Mappings"]["ImageAccounts"].items()
    }
    assert ours == both
