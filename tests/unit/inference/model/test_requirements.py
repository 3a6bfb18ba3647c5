from __future__ import annotations

from pathlib import Path

import pytest

from inference.model.requirements import requirements_file, unsatisfied


@pytest.mark.parametrize(
    "line",
    [
        "torch",
        "numpy>1",
        "# comment",
        "",
        "torch # why",
        "nothing-such; python_version < '3'",
        "uvicorn[standard]<0.1; python_version < '3'",
    ],
)
def test_what_is_there_needs_no_pip(line: str) -> None:
    assert unsatisfied([line]) == []


@pytest.mark.parametrize(
    "line",
    ["nothing-such", "torch<1", "--extra-index-url x", "git+https://host/repository"],
)
def test_what_is_not_there_does(line: str) -> None:
    assert unsatisfied([line, "torch"]) == [line]


def test_the_packed_file_goes_before_the_users(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("torch\n")
    assert requirements_file(tmp_path).name == "requirements.txt"
    (tmp_path / "traindrop-requirements.txt").write_text("numpy\n")
    assert requirements_file(tmp_path).name == "traindrop-requirements.txt"
