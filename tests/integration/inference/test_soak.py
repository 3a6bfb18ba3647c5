"""The soak of `make soak`, short and on a tiny model: what is right or wrong counts here, not how fast."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.serving_model import plain_answers
from benchmarks.soak import Plan, questions, soak
from benchmarks.soak_report import Bounds, failures
from tests.tiny_model import TEXTS
from tests.unit.inference.tiny import build_model

PLAN = Plan(
    seconds=12,
    burst_clients=400,
    burst_texts=4,
    bursts=1,
    kill_pauses=(4.0, 6.0),
    slow_pause_seconds=0.1,
    memory_pause_seconds=0.5,
)


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_good_requests_are_answered_whatever_happens_beside_them(
    tmp_path: Path,
) -> None:
    (tmp_path / "model").mkdir()
    model = build_model(tmp_path / "model", labels=("NEGATIVE", "POSITIVE"))
    words = " ".join(TEXTS).split()
    texts = [
        " ".join(words[start : start + 1 + start % 9]) for start in range(len(words))
    ]
    sent = questions(texts, plain_answers(model, texts))
    assert len(sent) > 10
    report = soak(model, sent, PLAN, tmp_path / "log")
    log = (tmp_path / "log").read_text("utf-8")
    assert (
        failures(report, Bounds(shed_seconds=None, memory=False, must_shed=False)) == []
    ), log[-4000:]
    assert report.kills > 0
    assert report.bursts == 1
    assert {"slow", "vanishing", "7 MB", "NaN", "burst"} <= set(report.outcomes)
