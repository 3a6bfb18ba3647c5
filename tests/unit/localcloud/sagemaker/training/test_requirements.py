from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.sagemaker.training import requirements


@pytest.mark.parametrize(
    "line",
    [
        "boto3",
        "boto3>=1.30,<2",
        "Boto3",
        "aws-lambda-powertools[tracer]>=3",
        "nothing-such; python_version < '3'",
    ],
)
def test_what_the_interpreter_has_is_satisfied(line: str) -> None:
    assert requirements.is_satisfied(line)


@pytest.mark.parametrize(
    "line",
    ["no-such-package", "boto3<1", "-r other.txt", "boto3 @ file:///x.whl", "./folder"],
)
def test_what_it_lacks_or_cannot_judge_is_not(line: str) -> None:
    assert not requirements.is_satisfied(line)


def test_comments_and_blank_lines_ask_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("# all\n\nboto3 # the SDK\nno-such-package==1\n")
    assert requirements.unsatisfied_lines(file) == ["no-such-package==1"]


def test_a_file_of_constraints_asks_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("-c constraints.txt\n--constraint more.txt\nboto3\n")
    assert requirements.unsatisfied_lines(file) == []
