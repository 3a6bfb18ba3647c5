from __future__ import annotations

from localcloud.sagemaker.operations.base import Request, Response, SageMaker
from tools.docs import operations_table


def describe(sagemaker: SageMaker, request: Request) -> Response:
    """As AWS
    does it.

    More of it.
    """
    return {}


def test_a_row_links_the_operation_and_says_what_its_code_says() -> None:
    lines = operations_table.table({"DescribeModel": describe}).splitlines()
    address = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"
    row = f"| [DescribeModel]({address}/API_DescribeModel.html) | As AWS does it. |"
    assert lines[2] == row
    assert lines[-1].endswith(" other List operations answer an empty list.")
