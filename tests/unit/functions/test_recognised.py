from __future__ import annotations

import pytest

from functions.explain.diagnosis import Evidence, diagnose
from functions.explain.known_failures import FACTS, RECOGNISED
from tasks.failures import LIMIT, MARK, Known, Told, place, recognise


@pytest.mark.parametrize("known", RECOGNISED, ids=lambda known: known.cause)
def test_a_cause_that_is_recognised_once_is_recognised_in_its_own_words(known: Known) -> None:
    symptom = known.symptom.split("`")[1].replace("…", "x")
    assert recognise(symptom, RECOGNISED) == known.told(symptom)


@pytest.mark.parametrize("each", [*RECOGNISED, *FACTS], ids=lambda each: each.cause)
def test_causes_and_remedies_are_sentences_that_can_be_told_in_full(each: Known) -> None:
    assert each.remedy.endswith(".")
    assert each.cause.endswith((".", "{what}"))
    assert len(each.cause) + len(MARK) + len(each.remedy) <= LIMIT - 300
    assert MARK not in each.cause + each.remedy


def test_what_is_told_is_read_back() -> None:
    told = Told("Memory ran out. (at step 3)", "Halve it.")
    assert Told.read(str(told)) == told
    assert Told.read("anything else") is None


def test_where_there_is_too_much_to_tell_the_cause_comes_first_and_the_remedy_whole() -> None:
    told = Told("Memory ran out. " + "x" * 3000, "Halve it.")
    text = str(told)
    assert len(text) == LIMIT
    assert text.startswith("Memory ran out. xxx")
    assert text.endswith("x… What to do: Halve it.")


def test_a_message_of_ours_ends_with_what_to_do() -> None:
    assert Told.of_sentences("expected a; found b. c. Do\nd.") == Told("expected a; found b. c.", "Do d.")
    assert Told.of_sentences("no sentence").cause == "no sentence"


def test_a_place_is_that_of_the_last_traceback() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "E",
        "Traceback (most recent call last):",
    ]
    assert place(lines[:3], lambda path: True) == "a.py, line 1"
    assert place(lines, lambda path: True) == ""
    assert place(lines[:3], lambda path: path != "a.py") == ""


def test_the_lines_around_the_telling_one_are_left_out() -> None:
    told = recognise("Error in f\n  OSError: [Errno 28] No space left on device\nbye")
    assert told is not None
    assert told.cause == "The disk of the instance is full. (OSError: [Errno 28] No space left on device)"


def test_a_killed_process_without_a_word_is_out_of_memory() -> None:
    reason = 'AlgorithmError: ExecuteUserScriptError:\nExitCode 137\nErrorMessage ""\nCommand "x", exit code: 137'
    assert diagnose(Evidence("train", reason=reason)).cause.startswith("Memory ran out. (AlgorithmError: ")
