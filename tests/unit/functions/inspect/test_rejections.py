"""Every way to refuse a drop: a real file of that kind, and the sentence its owner reads, word for word."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, BinaryIO, cast

import pytest

from functions.inspect import row_checks
from functions.inspect.formats import UnreadableError, open_table, text
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
        f"expected a mode that SageMaker has in {region}: realtime; found serverless. "
        "Set mode: realtime, or drop the data in a stack of another region."
    )


@pytest.mark.parametrize(
    ("region", "mode"), [("me-central-1", "realtime"), ("eu-central-1", "serverless")]
)
def test_a_mode_that_the_region_has_is_accepted(region: str, mode: str) -> None:
    settings = replace(SETTINGS, aws_region=region, deployment_mode=mode)
    assert Desk(settings=settings).inspect({"r.csv": reviews()})["outcome"] == "ready"


class Counting(io.BytesIO):
    """Counts how much of it was read."""

    asked = 0

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self.asked += count
        return count


def test_sixty_megabytes_in_one_line_are_not_read_to_the_end() -> None:
    stream = Counting(b"text,label\n" + b"a" * 60_000_000)
    with pytest.raises(UnreadableError, match="a longer one"):
        open_table(cast(BinaryIO, stream), "csv")
    assert 0 < stream.asked < 2_000_000


def test_more_rows_than_can_be_checked_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_checks, "MAX_ROWS", 30)
    assert messages({"r.csv": reviews(31)}) == [
        "r.csv: expected at most 30 rows; found more. Drop a sample of the rows."
    ]


@pytest.mark.parametrize("extension", ["csv", "json"])
def test_more_text_than_can_be_checked_is_refused(
    extension: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "MAX_CHARACTERS", 0)
    content = {"csv": reviews(), "json": "[{}]"}[extension]
    assert messages({f"r.{extension}": content}) == [
        f"r.{extension}: expected a file that can be checked in time; found more than 0 GiB. Drop a sample of the rows."
    ]
