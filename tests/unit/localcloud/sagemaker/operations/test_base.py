from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import ENDPOINT, MODEL
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, SageMaker
from tests.unit.localcloud.sagemaker.operations.sagemakers import records_only


@pytest.fixture
def sagemaker(tmp_path: Path) -> Iterator[SageMaker]:
    with records_only(tmp_path) as records_of_folder:
        yield records_of_folder


def make_model(sagemaker: SageMaker, name: str, time: float = 0.0) -> None:
    body = base.new_body(sagemaker, MODEL, {"ModelName": name}) | {
        "CreationTime": time,
        "LastModifiedTime": time,
    }
    base.insert(sagemaker, MODEL, body, {})


def listed(sagemaker: SageMaker, request: Request) -> list[str]:
    models = base.list_page(sagemaker, MODEL, request, "Models")["Models"]
    return [model["ModelName"] for model in models]


def test_a_new_record_has_its_arn_and_times_and_no_tags(sagemaker: SageMaker) -> None:
    body = base.new_body(
        sagemaker, MODEL, {"ModelName": "Films", "Tags": [{"Key": "k", "Value": "v"}]}
    )
    assert body["ModelArn"] == "arn:aws:sagemaker:us-east-1:000000000000:model/films"
    assert body["CreationTime"] == body["LastModifiedTime"]
    assert "Tags" not in body


def test_a_missing_resource_is_named_by_its_arn(sagemaker: SageMaker) -> None:
    with pytest.raises(
        ValidationError,
        match=r'Could not find endpoint "arn:aws:sagemaker:.*:endpoint/e"\.',
    ):
        base.describe(sagemaker, ENDPOINT, {"EndpointName": "E"})


def test_the_newest_come_first_unless_the_request_says_otherwise(
    sagemaker: SageMaker,
) -> None:
    for time, name in enumerate(("a", "c", "b")):
        make_model(sagemaker, name, float(time))
    assert listed(sagemaker, {}) == ["b", "c", "a"]
    assert listed(sagemaker, {"SortBy": "Name", "SortOrder": "Ascending"}) == [
        "a",
        "b",
        "c",
    ]


def test_a_list_is_filtered_by_name_and_time(sagemaker: SageMaker) -> None:
    for time, name in ((10.0, "films"), (20.0, "films-2"), (30.0, "books")):
        make_model(sagemaker, name, time)
    assert listed(sagemaker, {"NameContains": "FILM"}) == ["films-2", "films"]
    assert listed(
        sagemaker, {"CreationTimeAfter": 10.0, "CreationTimeBefore": 30.0}
    ) == ["films-2"]


def test_pages_follow_each_other_by_their_tokens() -> None:
    first = base.cut_page(["a", "b", "c"], {"MaxResults": 2}, "Items")
    assert first["Items"] == ["a", "b"]
    second = base.cut_page(
        ["a", "b", "c"], {"MaxResults": 2, "NextToken": first["NextToken"]}, "Items"
    )
    assert second == {"Items": ["c"], "NextToken": None}


def test_a_token_of_another_kind_is_refused() -> None:
    with pytest.raises(
        ValidationError, match="The NextToken '!' was not given by this operation"
    ):
        base.cut_page([], {"NextToken": "!"}, "Items")
