from __future__ import annotations

import pytest

from tools.preflight.deployment import Deployment


def test_defaults_are_the_templates() -> None:
    deployment = Deployment.read({})
    assert deployment.training_types == [
        "ml.g5.xlarge",
        "ml.g4dn.xlarge",
        "ml.g6.xlarge",
    ]
    assert deployment.uses_spot
    assert [image.partition(":")[0] for image in deployment.images.values()] == [
        "huggingface-pytorch-training",
        "huggingface-pytorch-inference",
    ]
    assert deployment.image_accounts["eu-central-1"] == "763104351884"


def test_parameters_take_the_place_of_defaults() -> None:
    deployment = Deployment.read(
        {"TrainingInstanceTypes": "ml.m5.large", "UseSpot": "false"}
    )
    assert (deployment.training_types, deployment.uses_spot) == (["ml.m5.large"], False)


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"--parameter Spot: expected one of .*UseSpot"
    ):
        Deployment.read({"Spot": "true"})
