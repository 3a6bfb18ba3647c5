"""Every way to refuse a drop: a real file of that kind, and the sentence its owner reads, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.functions.broken_drops import CONTENTS
from tests.unit.functions.broken_forms import FILES
from tests.unit.functions.drops import SETTINGS, Desk, messages, reviews


@pytest.mark.parametrize(("content", "message"), CONTENTS.values(), ids=CONTENTS)
def test_a_broken_csv_is_refused_with_place_and_remedy(
    content: bytes | str, message: str
) -> None:
    assert messages({"r.csv": content})[0] == message


@pytest.mark.parametrize(("files", "message"), FILES.values(), ids=FILES)
def test_a_broken_drop_is_refused_with_place_and_remedy(
    files: dict[str, bytes | str], message: str
) -> None:
    assert messages(files)[0] == message


KEYS = {
    "datasets/my reviews.csv": (
        "my reviews",
        "my reviews.csv: expected a folder per model, as in datasets/<model>/<file>; found a file directly in "
        "datasets/. Upload it to datasets/my reviews/my reviews.csv: the folder's name becomes the model's name.",
    ),
    f"datasets/{'x' * 129}/a.csv": (
        "x" * 128,
        "expected a model name of 1 to 128 printable characters; found 129 characters. "
        "Rename the folder below datasets/.",
    ),
    "datasets//a.csv": (
        "?",
        "expected a model name of 1 to 128 printable characters; found an empty folder name. "
        "Rename the folder below datasets/.",
    ),
    "datasets/a\x07b/a.csv": (
        "a?b",
        "expected a model name of 1 to 128 printable characters; found the character U+0007. "
        "Rename the folder below datasets/.",
    ),
    "datasets/../a.csv": (
        "..",
        "expected a model name that can stand in a web address; found '..'. Rename the folder below datasets/.",
    ),
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_names_no_model_is_refused(key: str) -> None:
    desk = Desk()
    desk.bucket.drop(key, reviews())
    answer = desk.inspection.inspect(key, "execution-1")
    problems = desk.ledger.run_records[answer["run"]]["problems"]
    assert (answer["outcome"], answer["model"], problems[0]["message"]) == (
        "rejected",
        *KEYS[key],
    )


SERVERLESS = "deployment:\n  memory_mb: 2048\n"


@pytest.mark.parametrize("region", ["me-central-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize(
    ("default", "text"),
    [("serverless", "gate:\n  min_gain: 0\n"), ("realtime", SERVERLESS)],
)
def test_a_mode_that_the_region_lacks_is_refused_before_anything_is_trained(
    region: str, default: str, text: str
) -> None:
    settings = replace(SETTINGS, aws_region=region, deployment_mode=default)
    files: dict[str, bytes | str] = {"r.csv": reviews(), "traindrop.yaml": text}
    seen = Desk(settings=settings).inspect(files)
    assert seen["outcome"] == "rejected"
    assert seen["problems"][0]["message"].endswith(
        f"expected a mode that SageMaker has in {region}: realtime or async; found serverless. "
        "Set mode: realtime, or drop the data in a stack of another region."
    )


@pytest.mark.parametrize(
    ("region", "mode"), [("me-central-1", "realtime"), ("eu-central-1", "serverless")]
)
def test_a_mode_that_the_region_has_is_accepted(region: str, mode: str) -> None:
    settings = replace(SETTINGS, aws_region=region, deployment_mode=mode)
    assert Desk(settings=settings).inspect({"r.csv": reviews()})["outcome"] == "ready"
