from __future__ import annotations

import subprocess

import pytest

from functions.common.tags import TaggedResource
from tests.unit.tools.bare_python import help_with_boto3_alone
from tools.aws_account import Caller
from tools.destroy.__main__ import is_confirmed, missing, summary
from tools.destroy.teardown import Plan
from tools.source_modules import ROOT


def test_it_runs_where_boto3_is_all_that_is_installed() -> None:
    assert "--dry-run" in help_with_boto3_alone("tools.destroy")


def test_make_destroy_sets_up_no_more_than_the_aws_tools() -> None:
    make = ["make", "-B", "-n", "destroy", "STACK=td", "REGION=eu-west-1", "YES=1"]
    commands = subprocess.run(
        make, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert (
        "venv-aws/bin/python -m tools.destroy --stack td --region eu-west-1 --yes"
        in commands
    )
    assert "requirements/aws-tools.txt" in commands
    assert "requirements/local.txt" not in commands


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("td", True),
        (" td \n", True),
        ("TD", False),
        ("y", False),
        ("", False),
        ("td-two", False),
    ],
)
def test_only_the_stacks_name_confirms(answer: str, expected: bool) -> None:
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return answer

    assert is_confirmed("td", ask) is expected
    assert questions == ["This cannot be undone. Type td to remove it: "]


def test_the_end_of_the_input_is_a_no() -> None:
    def ask(question: str) -> str:
        raise EOFError

    assert is_confirmed("td", ask) is False


def test_a_stack_that_is_gone_is_said_to_be() -> None:
    model = TaggedResource("model", "td-x", {})
    plan = Plan("td", (), (), (), (model,), False, None, ())
    assert summary(plan)[0] == "Of stack td, which does not exist any more:"
    assert "  1 model" in summary(plan)


def test_a_name_that_nothing_has_names_where_it_was_looked_for() -> None:
    caller = Caller("arn:aws:iam::123456789012:user/ann", "eu-central-1")
    text = missing("td", caller)
    assert text.startswith(
        "expected a stack 'td', or something that carries its tag, in account 1"
    )
    assert "account 123456789012, region eu-central-1; found none" in text
