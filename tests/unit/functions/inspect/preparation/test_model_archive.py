from __future__ import annotations

import re

import pytest

from functions.inspect.preparation import model_archive
from functions.inspect.preparation.model_archive import labels_of
from tests.unit.functions.archives import WHOLE, pack
from tests.unit.functions.broken_archives import ARCHIVES, FLIPPED
from tests.unit.functions.drops import Desk, messages


@pytest.mark.parametrize(("content", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_cannot_be_deployed_is_refused(
    content: bytes, message: str
) -> None:
    assert messages({"model.tar.gz": content}) == [message]


def test_damage_that_still_unpacks_is_found_by_the_checksum() -> None:
    content, message = FLIPPED
    assert re.search(message, messages({"model.tar.gz": content})[0])


def test_an_archive_that_unpacks_without_end_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_archive, "MAX_UNPACKED", 10_000)
    assert messages({"model.tar.gz": pack(WHOLE)}) == [
        "model.tar.gz: expected at most 10,000 bytes when unpacked; found more. "
        "Pack the model's files with: tar -C <folder of the model> -czf model.tar.gz ."
    ]


@pytest.mark.parametrize(
    "weights", ["pytorch_model.bin", "model-00001-of-00002.safetensors", "model.pt"]
)
def test_weights_of_every_kind_are_taken(weights: str) -> None:
    files = {"config.json": WHOLE["config.json"], weights: b"x", "vocab.txt": "x"}
    assert Desk().inspect({"model.tar.gz": pack(files)})["outcome"] == "deployable"


def test_names_of_classes_that_are_no_numbers_are_no_names() -> None:
    assert labels_of({"id2label": {"²": "a", "1": "b"}}) == []
    assert labels_of({"id2label": {"1": "b", "0": "a"}}) == ["a", "b"]
