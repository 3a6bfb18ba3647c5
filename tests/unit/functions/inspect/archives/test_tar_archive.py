from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.functions.inspect.archives.unpacked import (
    TABLE,
    contents_of,
    problem_of,
)
from tests.unit.functions.packed import tarred


@pytest.mark.parametrize(
    ("name", "compression"),
    [
        ("a.tar", ""),
        ("a.tgz", "gz"),
        ("a.tar.gz", "gz"),
        ("a.tar.bz2", "bz2"),
        ("a.tar.xz", "xz"),
    ],
)
def test_a_tar_is_unpacked(name: str, compression: str, tmp_path: Path) -> None:
    content = tarred({"./pos/1.txt": "so fine", "./neg/1.txt": "so bad"}, compression)
    assert contents_of({name: content}, tmp_path) == {
        "pos/1.txt": "so fine",
        "neg/1.txt": "so bad",
    }


def test_a_link_in_a_tar_is_refused(tmp_path: Path) -> None:
    problem = problem_of(tarred({"a.csv": TABLE}, link="b.csv"), tmp_path, "a.tgz")
    assert problem.found == "a link, 'b.csv'"


@pytest.mark.parametrize("cut", [20, 60])
def test_a_tar_that_is_cut_off_is_refused(cut: int, tmp_path: Path) -> None:
    content = tarred({"a.csv": TABLE * 100})
    assert "a damaged one" in problem_of(content[:-cut], tmp_path, "a.tgz").found
