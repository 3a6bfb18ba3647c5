from __future__ import annotations

import pytest

from contracts.failures import (
    COLUMN,
    DISK,
    DIVERGED,
    MAX_CHARACTERS,
    MEMORY,
    MISMATCH,
    MODULE,
    REMEDY_MARK,
    REQUIREMENT,
    RETRY,
    KnownFailure,
    recognise,
)
from functions.explain.diagnosis import Evidence, diagnose
from functions.explain.known_failures import FACTS, RECOGNISED


@pytest.mark.parametrize("expected", RECOGNISED, ids=lambda expected: expected.cause)
def test_a_cause_that_is_recognised_once_is_recognised_in_its_own_words(
    expected: KnownFailure,
) -> None:
    symptom = expected.symptom.split("`")[1].replace("…", "x")
    assert recognise(symptom, RECOGNISED) == expected.explain(symptom)


@pytest.mark.parametrize("item", [*RECOGNISED, *FACTS], ids=lambda item: item.cause)
def test_causes_and_remedies_are_sentences_that_can_be_told_in_full(
    item: KnownFailure,
) -> None:
    assert item.remedy.endswith(".")
    assert item.cause.endswith((".", "{what}"))
    assert len(item.cause) + len(REMEDY_MARK) + len(item.remedy) <= MAX_CHARACTERS - 300
    assert REMEDY_MARK not in item.cause + item.remedy


def test_a_killed_process_without_a_word_is_out_of_memory() -> None:
    reason = 'AlgorithmError: ExecuteUserScriptError:\nExitCode 137\nErrorMessage ""\nCommand "x", exit code: 137'
    assert diagnose(Evidence("train", reason=reason)).cause.startswith(
        "Memory ran out. (AlgorithmError: "
    )


@pytest.mark.parametrize(
    "failure",
    [COLUMN, DISK, DIVERGED, MEMORY, MISMATCH, MODULE, REQUIREMENT],
    ids=lambda failure: failure.cause,
)
def test_what_is_wrong_with_a_drop_is_not_tried_again(failure: KnownFailure) -> None:
    assert RETRY not in failure.remedy
    assert "drop the data again" in failure.remedy.lower()
