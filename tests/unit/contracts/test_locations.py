from __future__ import annotations

import pytest

from contracts import locations

KEYS = {
    locations.drop_prefix("my model"): "datasets/my model/",
    locations.spec_key("r"): "runs/r/spec.json",
    locations.profile_key("r"): "runs/r/profile.json",
    locations.data_prefix("r"): "runs/r/data/",
    locations.channel_prefix("r", "extra"): "runs/r/data/extra/",
    locations.rows_key("r", "train"): "runs/r/data/train/rows.jsonl",
    locations.code_prefix("r"): "runs/r/code/",
    locations.checkpoints_prefix("r"): "checkpoints/r/",
    locations.document_key("r", locations.REPORT): "models/r/report.html",
    locations.release_archive_key("r"): "models/r/model.tar.gz",
    locations.trained_archive_key("r", "j"): "outputs/r/j/output/model.tar.gz",
    locations.output_archive_key("r", "j"): "outputs/r/j/output/output.tar.gz",
    locations.mirror_prefix("org/base"): "base-models/org/base/",
    locations.source_key("d"): "code/d/sourcedir.tar.gz",
}


@pytest.mark.parametrize(("key", "expected"), KEYS.items(), ids=KEYS.values())
def test_keys_are_those_of_runs_already_in_buckets(key: str, expected: str) -> None:
    assert key == expected
