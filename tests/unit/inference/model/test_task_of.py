from __future__ import annotations

from pathlib import Path

import pytest

from inference.model.task_of import task_of
from inference.protocols.errors import ArchiveError


def write_config(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(text)
    return folder


def test_task_follows_the_architecture(tmp_path: Path) -> None:
    write_config(tmp_path, '{"architectures": ["BertForSequenceClassification"]}')
    assert task_of(tmp_path) == "text-classification"


def test_hf_task_goes_before_the_architecture(tmp_path: Path) -> None:
    assert task_of(tmp_path, "sentiment-analysis") == "sentiment-analysis"


def test_folder_inside_the_folder_is_explained(tmp_path: Path) -> None:
    write_config(tmp_path / "checkpoint", "{}")
    with pytest.raises(ArchiveError) as caught:
        task_of(tmp_path)
    assert str(caught.value) == (
        f"expected config.json at the top of {tmp_path}; found checkpoint. "
        "Pack the files themselves: tar -C checkpoint -czf model.tar.gz ."
    )


def test_an_empty_folder_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        task_of(tmp_path)
    assert str(caught.value) == (
        f"expected config.json at the top of {tmp_path}; found nothing. Pack the model's files."
    )
