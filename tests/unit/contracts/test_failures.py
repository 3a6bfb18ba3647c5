from __future__ import annotations

from contracts.failures import (
    MAX_CHARACTERS,
    CauseAndRemedy,
    recognise,
    traceback_location,
)


def test_a_written_failure_is_parsed_again() -> None:
    failure = CauseAndRemedy("Memory ran out. (at step 3)", "Halve it.")
    assert CauseAndRemedy.parse(str(failure)) == failure
    assert CauseAndRemedy.parse("anything else") is None


def test_a_long_cause_is_cut_and_the_remedy_stays_whole() -> None:
    failure = CauseAndRemedy("Memory ran out. " + "x" * 3000, "Halve it.")
    text = str(failure)
    assert len(text) == MAX_CHARACTERS
    assert text.startswith("Memory ran out. xxx")
    assert text.endswith("x… What to do: Halve it.")


def test_the_last_sentence_of_a_message_is_its_remedy() -> None:
    expected = CauseAndRemedy("expected a; found b. c.", "Do d.")
    assert CauseAndRemedy.from_sentences("expected a; found b. c. Do\nd.") == expected
    assert CauseAndRemedy.from_sentences("no sentence").cause == "no sentence"


def test_a_location_is_that_of_the_last_traceback() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "E",
        "Traceback (most recent call last):",
    ]
    assert traceback_location(lines[:3], lambda path: True) == "a.py, line 1"
    assert traceback_location(lines, lambda path: True) == ""
    assert traceback_location(lines[:3], lambda path: path != "a.py") == ""


def test_only_the_matching_line_of_a_text_is_quoted() -> None:
    failure = recognise(
        "Error in f\n  OSError: [Errno 28] No space left on device\nbye"
    )
    assert failure is not None
    assert (
        failure.cause
        == "The disk of the instance is full. (OSError: [Errno 28] No space left on device)"
    )
