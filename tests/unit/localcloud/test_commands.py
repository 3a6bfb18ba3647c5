"""What the commands say about what they did."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.commands import stopped_text, sweep_text, up_text
from localcloud.lifecycle import UpResult
from localcloud.processes import StopResult


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (
            UpResult(["engine", "sagemaker"], deployed=True),
            "The local cloud is up: stack deployed",
        ),
        (
            UpResult(["engine"]),
            "The local cloud is whole again (engine had ended): stack unchanged",
        ),
        (UpResult(), "The local cloud was up already: stack unchanged"),
    ],
)
def test_up_says_what_it_did(result: UpResult, text: str) -> None:
    assert up_text(result) == text


@pytest.mark.parametrize(
    ("swept", "text"),
    [
        (
            {"outcome": "swept", "ended": 1, "started": 0},
            "Swept up after the interruption: ended 1.",
        ),
        ({"outcome": "swept", "ended": 0, "started": 0}, "No run was interrupted."),
        (
            {"outcome": "failed", "errorMessage": "boom"},
            "Looking for interrupted runs failed; the next sweep tries again: boom",
        ),
    ],
)
def test_up_says_what_became_of_interrupted_runs(
    swept: dict[str, Any], text: str
) -> None:
    assert sweep_text(swept) == text


@pytest.mark.parametrize(
    ("stopped", "text"),
    [
        (StopResult((), (), 0), "Nothing was running: checked"),
        (
            StopResult(("sagemaker", "engine"), (), 0),
            "Stopped sagemaker and engine; nothing runs or listens any more,",
        ),
        (
            StopResult(("engine",), ("engine",), 2),
            "Stopped engine (engine had to be killed), and 2 processes they left; nothing runs or listens any more,",
        ),
    ],
)
def test_down_says_what_it_ended(stopped: StopResult, text: str) -> None:
    assert stopped_text(stopped) == text
