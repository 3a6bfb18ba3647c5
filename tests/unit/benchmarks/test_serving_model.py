from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import serving_model
from benchmarks.serving_model import Agreement, Answer, agreement


def test_answers_agree_by_label_and_by_the_score_of_the_right_one() -> None:
    pairs = [
        (Answer("POSITIVE", 0.9), Answer("POSITIVE", 0.8)),
        (Answer("NEGATIVE", 0.6), Answer("POSITIVE", 0.7)),
    ]
    compared = agreement(pairs)
    assert (compared.answers, compared.equal_labels) == (2, 1)
    assert compared.largest == pytest.approx(0.3)
    assert agreement([]) == Agreement(0, 0, 0.0)


def test_an_archive_of_the_container_holds_the_graph_and_the_hooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = tmp_path / "float32" / "onnx" / "model.onnx"
    graph.parent.mkdir(parents=True)
    graph.touch()
    monkeypatch.setattr(serving_model, "CACHE", tmp_path)
    monkeypatch.setattr(
        serving_model, "exported", lambda precision: tmp_path / precision
    )
    folder = serving_model.packed("float32")
    assert (folder / "onnx" / "model.onnx").is_file()
    assert (folder / "code" / "inference.py").is_file()
    assert (folder / "code" / "traindrop" / "hooks.py").is_file()
    assert not (tmp_path / "float32" / "code").exists()
    assert serving_model.packed("float32") == folder
