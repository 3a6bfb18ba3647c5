from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.sam import DeployError, sam_command


def test_without_a_sam_cli_the_error_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        DeployError,
        match=r"the SAM CLI at .*/.venv-aws/bin/sam or on PATH; found neither. Run `make",
    ):
        sam_command(tmp_path)


def test_the_sam_cli_of_the_repository_comes_before_the_one_on_path(
    tmp_path: Path,
) -> None:
    own = tmp_path / ".venv-aws" / "bin" / "sam"
    own.parent.mkdir(parents=True)
    own.touch()
    assert sam_command(tmp_path) == str(own)
