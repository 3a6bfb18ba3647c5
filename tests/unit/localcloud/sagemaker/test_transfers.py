from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.sagemaker import transfers


@pytest.mark.parametrize(
    ("prefix", "key", "path"),
    [
        ("data/train", "data/train/rows.jsonl", "rows.jsonl"),
        ("data/train/", "data/train/a/b.csv", "a/b.csv"),
        ("data/rows.csv", "data/rows.csv", "rows.csv"),
        ("data/tr", "data/train/rows.csv", "train/rows.csv"),
        ("", "rows.csv", "rows.csv"),
    ],
)
def test_the_layout_below_the_prefix_is_kept(prefix: str, key: str, path: str) -> None:
    assert transfers.relative_path(prefix, key) == path


def test_addresses_are_taken_apart_and_joined() -> None:
    assert transfers.parse_uri("s3://bucket/a/b c+ü") == ("bucket", "a/b c+ü")
    assert transfers.join_uri("s3://bucket/models/", "job", "output") == "s3://bucket/models/job/output"
    with pytest.raises(ValueError, match="expected an address like s3://bucket/key, found 'http://x'"):
        transfers.parse_uri("http://x")


def test_a_key_cannot_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(transfers.UnsafeKeyError, match=r"'\.\./x' would be written outside its channel"):
        transfers._inside(tmp_path, "../x")
