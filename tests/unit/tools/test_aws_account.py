from __future__ import annotations

from tools.aws_account import Caller


def test_the_account_is_the_one_of_the_callers_arn() -> None:
    caller = Caller(
        "arn:aws-us-gov:sts::123456789012:assumed-role/admin/ann", "us-gov-west-1"
    )
    assert caller.account == "123456789012"
