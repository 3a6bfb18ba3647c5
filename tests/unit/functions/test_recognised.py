from __future__ import annotations

import pytest

from contracts.failures import MAX_CHARACTERS, REMEDY_MARK, KnownFailure, recognise
from functions.logic.causes import Evidence, diagnose
from functions.logic.recognised import BEGIN, END, FACTS, PAGE, RECOGNISED, as_table, with_table


def test_the_documented_causes_are_those_in_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert with_table(page) == page, "run make docs"


def test_the_table_takes_the_place_of_the_old_one() -> None:
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb\n") == f"a\n{BEGIN}\n{as_table()}\n{END}\nb\n"


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_page_without_its_marks_is_left_alone(page: str) -> None:
    with pytest.raises(ValueError, match="Put them around the table"):
        with_table(page)


@pytest.mark.parametrize("known", RECOGNISED, ids=lambda known: known.cause)
def test_a_cause_that_is_recognised_once_is_recognised_in_its_own_words(known: KnownFailure) -> None:
    symptom = known.symptom.split("`")[1].replace("…", "x")
    assert recognise(symptom, RECOGNISED) == known.explain(symptom)


@pytest.mark.parametrize("each", [*RECOGNISED, *FACTS], ids=lambda each: each.cause)
def test_causes_and_remedies_are_sentences_that_can_be_told_in_full(each: KnownFailure) -> None:
    assert each.remedy.endswith(".")
    assert each.cause.endswith((".", "{what}"))
    assert len(each.cause) + len(REMEDY_MARK) + len(each.remedy) <= MAX_CHARACTERS - 300
    assert REMEDY_MARK not in each.cause + each.remedy


def test_a_killed_process_without_a_word_is_out_of_memory() -> None:
    reason = 'AlgorithmError: ExecuteUserScriptError:\nExitCode 137\nErrorMessage ""\nCommand "x", exit code: 137'
    assert diagnose(Evidence("train", reason=reason)).cause.startswith("Memory ran out. (AlgorithmError: ")
