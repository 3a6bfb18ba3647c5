"""How run records read on a terminal."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from rich.console import Console, RenderableType

from localcloud.display import (
    progress_text,
    run_view,
    seconds_text,
    step_seconds,
    table,
    training_text,
    verdict_lines,
)
from tests.unit.localcloud.runs import START, a_run, after, an_evaluation, problem


def drawn(what: RenderableType) -> str:
    screen = Console(file=io.StringIO(), width=120)
    screen.print(what)
    text = screen.file
    assert isinstance(text, io.StringIO)
    return text.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (4.21, "4.2 s"),
        (75.4, "75 s"),
        (125, "2 min 05 s"),
        (12_000, "3 h 20 min"),
    ],
)
def test_durations_read_as_a_person_says_them(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_progress_names_what_is_known_in_a_fixed_order() -> None:
    metrics = {
        "eval_accuracy": 0.7814,
        "train_loss": 0.5123,
        "rows_per_second": 310.4,
        "step": 40,
        "total_steps": 200,
        "epoch": 0.4,
        "seconds_left": 25,
    }
    expected = (
        "step 40/200, epoch 0.40, loss 0.512, accuracy 0.781, 310 rows/s, 25 s left"
    )
    assert progress_text(metrics) == expected


def test_progress_of_nothing_is_nothing() -> None:
    assert progress_text({}) == ""


def test_a_job_that_has_printed_nothing_yet_shows_its_phase() -> None:
    assert training_text(a_run(training={"phase": "Downloading"})) == "Downloading"


def test_a_job_whose_machine_was_taken_away_says_how_often() -> None:
    training = {"phase": "Training", "interruptions": 1, "metrics": {"step": 4}}
    assert (
        training_text(a_run(training=training))
        == "Training, interrupted 1 time: step 4"
    )
    twice = {"phase": "Starting", "interruptions": 2}
    assert training_text(a_run(training=twice)) == "Starting, interrupted 2 times"


def test_the_loss_that_a_users_own_script_prints_is_shown() -> None:
    assert progress_text({"loss": 0.25, "train_loss": 0.5}) == "loss 0.250"


def test_the_state_a_run_is_in_lasts_until_now() -> None:
    steps = step_seconds(a_run(), now=START + timedelta(seconds=10))
    assert steps == [("inspecting", 3.2), ("training", 6.8)]


def test_the_last_state_of_a_run_that_ended_took_no_time() -> None:
    assert step_seconds(a_run("live", ended_at=after(60)))[-1] == ("live", 0.0)


def test_a_rejected_run_lists_its_problems_and_counts_the_rest() -> None:
    lines = verdict_lines(
        a_run("rejected", problems=[problem(row=7)], problem_count=1201)
    )
    assert lines == [
        "row 7: expected a text; found an empty cell. Fill it in.",
        "and 1,200 more like these",
    ]


def test_a_model_that_was_not_deployed_says_why() -> None:
    reason = "accuracy 0.3333 on 12 held-out rows does not beat 0.5000 of the trivial baseline."
    assert verdict_lines(
        a_run("kept back", evaluation=an_evaluation(reasons=[reason]))
    ) == [reason]


def test_a_run_that_waits_for_approval_says_how_it_is_given() -> None:
    approval = {"requested_at": "2026-11-01", "until": "2026-11-08"}
    record = a_run("kept back", approval=approval)
    (line,) = verdict_lines(record)
    assert "until 2026-11-08" in line
    assert f"POST /runs/{record.run}/approve" in line
    decided = approval | {"decision": "rejected", "decided_at": "2026-11-02"}
    assert verdict_lines(a_run("kept back", approval=decided)) == []


def test_a_failed_run_ends_with_what_to_do() -> None:
    failure = {
        "step": "train",
        "cause": "out of memory",
        "remedy": "Halve the batch.",
        "log_tail": ["boom"],
    }
    assert verdict_lines(a_run("failed", failure=failure)) == [
        "| boom",
        "in train: out of memory",
        "do this: Halve the batch.",
    ]


def test_the_view_shows_every_state_with_its_time_and_the_jobs_progress() -> None:
    run = a_run(training={"phase": "Training", "metrics": {"train_loss": 0.5}})
    shown = drawn(run_view(run, START + timedelta(seconds=10)))
    assert "run r-1 of model m" in shown
    assert ["✓", "inspecting", "3.2", "s"] in [
        line.split() for line in shown.splitlines()
    ]
    assert "Training: loss 0.500" in shown


def test_the_view_shows_what_the_run_is_expected_to_cost() -> None:
    estimate = {"made_at": after(3), "sentence": "Training: 1 to 2 min on ml.x."}
    screen = drawn(run_view(a_run(estimate=estimate), START + timedelta(seconds=9)))
    assert "estimated at AWS's prices: Training: 1 to 2 min on ml.x." in screen


def test_the_view_of_a_failed_run_marks_the_failure() -> None:
    assert ["x", "failed"] in [
        line.split() for line in drawn(run_view(a_run("failed"))).splitlines()
    ]


def test_cells_are_shown_as_they_are() -> None:
    assert "[bold]x[/]" in drawn(table("[t]", ("a",), [("[bold]x[/]",)]))


def test_the_verdict_begins_with_the_sentence_for_people() -> None:
    sentence = "About 87 of 100 new texts get the right label (77 to 94)."
    evaluation = an_evaluation(
        reasons=["It beats the baseline."], sentence=sentence, next_steps=["Add rows."]
    )
    lines = verdict_lines(a_run("live", evaluation=evaluation))
    assert lines == [sentence, "It beats the baseline.", "next: Add rows."]
