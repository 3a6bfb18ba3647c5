"""What is read off a user's scripts, without running them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import pytest

from functions.inspect.common.user_code import examine
from functions.inspect.preparation import drop_config
from tests.unit.functions.broken_code import BROKEN, LONG, WARNED, WORKING
from tests.unit.functions.drops import Desk, messages, reviews


def as_bytes(files: Mapping[str, bytes | str]) -> dict[str, bytes]:
    return {
        name: content.encode() if isinstance(content, str) else content
        for name, content in files.items()
    }


@pytest.mark.parametrize(("files", "message"), BROKEN.values(), ids=BROKEN)
def test_code_that_cannot_work_is_refused(
    files: dict[str, bytes | str], message: str
) -> None:
    data: dict[str, bytes | str] = {} if "train.csv" in files else {"a.csv": reviews()}
    assert messages({**data, **files}) == [message]


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """Python's own limit, which libraries of other tests raise."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


def test_a_script_too_deep_to_be_read_is_refused(usual_depth: None) -> None:
    (problem,) = examine({"code/inference.py": LONG.encode()}).problems
    assert str(problem).startswith(
        "code/inference.py: expected Python that can be read; found "
    )


def test_more_code_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop_config, "MAX_BYTES", 2**20)
    files: dict[str, bytes | str] = {
        "a.csv": reviews(),
        "code/inference.py": "",
        "code/weights.bin": b"x" * 2**20,
    }
    files["code/inference.py"] = "x = 1"
    assert messages(files) == [
        "expected at most 1 MiB below code/; found 1,048,581 bytes. "
        "Keep data and weights out of code/: install packages by requirements.txt."
    ]


def test_everything_wrong_with_code_and_settings_is_told_at_once() -> None:
    files: dict[str, bytes | str] = {
        "a.csv": reviews(),
        "code/inference.py": "def model_fn(): ...\n",
    }
    assert [
        text.partition(":")[0]
        for text in messages({**files, "traindrop.yaml": "tusk: fill-mask\n"})
    ] == [
        "traindrop.yaml, line 1, 'tusk'",
        "code/inference.py, row 1",
    ]


@pytest.mark.parametrize(("files", "hooks"), WORKING.values(), ids=WORKING)
def test_code_that_works_is_taken_with_its_hooks(
    files: dict[str, bytes | str], hooks: list[str]
) -> None:
    result = examine(as_bytes(files))
    assert (result.problems, sorted(result.hooks), result.serves, result.trains) == (
        [],
        hooks,
        True,
        False,
    )


@pytest.mark.parametrize(("script", "warnings"), WARNED.values(), ids=WARNED)
def test_code_that_does_nothing_is_warned_of(script: str, warnings: list[str]) -> None:
    assert examine({"code/inference.py": script.encode()}).warnings == warnings


def test_hooks_beside_rows_are_kept_for_the_job_and_the_api() -> None:
    desk = Desk()
    script = "def output_fn(prediction, accept): ...\n"
    files: dict[str, bytes | str] = {
        "a.csv": reviews(),
        "code/inference.py": script,
        "code/lib/x.py": "x = 1",
    }
    seen = desk.inspect({**files, "traindrop.yaml": "example:\n  reviews: [fine]\n"})
    run = seen["run"]
    spec = desk.bucket.document(run, "spec.json")
    assert (seen["outcome"], seen["hooks"], seen["example"]) == (
        "ready",
        ["output_fn"],
        {"reviews": ["fine"]},
    )
    assert (spec["code"], spec["hooks"], spec["example"]) == (
        True,
        ["output_fn"],
        {"reviews": ["fine"]},
    )
    assert desk.bucket.objects[f"runs/{run}/code/inference.py"] == script.encode()
    assert desk.bucket.objects[f"runs/{run}/code/lib/x.py"] == b"x = 1"
    assert len(desk.bucket.rows(run, "train")) == 16


def test_requirements_alone_reach_the_job_and_change_no_request() -> None:
    desk = Desk()
    seen = desk.inspect(
        {"a.csv": reviews(), "code/requirements.txt": "emoji==2.14.0\n"}
    )
    spec = desk.bucket.document(seen["run"], "spec.json")
    assert (seen["outcome"], spec["code"], "hooks" in spec, "hooks" in seen) == (
        "ready",
        True,
        False,
        False,
    )
    assert (
        desk.bucket.objects[f"runs/{seen['run']}/code/requirements.txt"]
        == b"emoji==2.14.0\n"
    )


def test_a_drop_without_code_says_nothing_of_code() -> None:
    desk = Desk()
    seen = desk.inspect({"a.csv": reviews()})
    spec = desk.bucket.document(seen["run"], "spec.json")
    assert not {"code", "hooks", "example", "script"} & {*spec, *seen}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_requirements_are_read_as_pip_reads_them(encoding: str) -> None:
    content = "numpy\n# für\n".encode(encoding)
    assert examine({"code/requirements.txt": content}).problems == []


def test_requirements_in_another_encoding_are_refused_before_anything_is_paid_for() -> (
    None
):
    data: dict[str, bytes | str] = {"a.csv": reviews()}
    files = {"code/requirements.txt": "numpy\n# für\n".encode("latin-1")}
    (message,) = messages({**data, **files})
    assert message == (
        "code/requirements.txt, row 2: expected packages in UTF-8; found bytes that are not. Save the file as UTF-8."
    )
