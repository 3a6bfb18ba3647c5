from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from localcloud.sagemaker.common.images import (
    DEFAULT_IMAGES,
    MODEL_SERVER,
    Image,
    UnknownImageError,
    repository,
)

ECR = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (
            f"{ECR}/huggingface-pytorch-training:2.9.0-gpu",
            "huggingface-pytorch-training",
        ),
        (f"{ECR}/team/own@sha256:abc", "own"),
        ("localhost:5000/own:1", "own"),
        ("own", "own"),
    ],
)
def test_the_repository_is_what_names_an_image(uri: str, name: str) -> None:
    assert repository(uri) == name


def test_the_hugging_face_images_are_known() -> None:
    assert (
        DEFAULT_IMAGES.find(
            f"{ECR}/huggingface-pytorch-training:2.9.0", "training"
        ).command
        == ()
    )
    assert (
        DEFAULT_IMAGES.find(
            f"{ECR}/huggingface-pytorch-inference:2.6.0", "inference"
        ).command
        == MODEL_SERVER
    )
    assert Image("any", "inference", MODEL_SERVER).program() == [
        sys.executable,
        "-m",
        "inference.server",
    ]


@pytest.mark.parametrize(
    "name",
    ["traindrop-inference:0.1.0", "team/nlp-serving@sha256:abc", "our-traindrop"],
)
def test_serving_images_of_ones_own_are_stood_in_for(name: str) -> None:
    assert DEFAULT_IMAGES.find(f"{ECR}/{name}", "inference").command == MODEL_SERVER


def test_an_unknown_image_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownImageError) as caught:
        DEFAULT_IMAGES.find(f"{ECR}/xgboost:1", "inference")
    assert str(caught.value) == (
        f"the local cloud has no inference image for '{ECR}/xgboost:1' (repository 'xgboost'). "
        "It can stand in for: huggingface-pytorch-inference, *inference*, *serving*, *traindrop*."
    )


def test_a_file_adds_images_before_the_known_ones(tmp_path: Path) -> None:
    file = tmp_path / "images.json"
    file.write_text(
        json.dumps(
            [{"pattern": "own-inference", "role": "inference", "command": ["serve"]}]
        )
    )
    assert DEFAULT_IMAGES.with_file(file).find(
        "own-inference:1", "inference"
    ).command == ("serve",)
