from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.formats import UnreadableError
from functions.inspect.formats.base import MAX_RECORD
from functions.inspect.formats.conll_file import columns_of, recognises
from tests.unit.functions.inspect.formats.tables import table

SENTENCES = "Acme B-ORG\nopened O\n\nLima B-LOC\n. O\n"


def rows(content: str, extension: str = "conll") -> list[tuple[int, object]]:
    opened = table(content, extension)
    return list(opened.rows({"tokens": "tokens", "tags": "tags"}))


def columns(content: str) -> tuple[int, int, int] | None:
    result = columns_of(content.splitlines())
    return (result.width, result.token, result.tag) if result else None


@pytest.mark.parametrize("extension", ["conll", "bio", "iob2", "txt", "csv"])
def test_a_sentence_is_a_row_with_the_number_of_its_first_line(extension: str) -> None:
    assert rows(SENTENCES, extension) == [
        (1, {"tokens": ["Acme", "opened"], "tags": ["B-ORG", "O"]}),
        (4, {"tokens": ["Lima", "."], "tags": ["B-LOC", "O"]}),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (SENTENCES, (2, 0, 1)),
        (SENTENCES.replace(" ", "\t"), (2, 0, 1)),
        ("Acme NNP I-NP B-ORG\nruns VB O O\n\nLima NNP I-NP B-LOC\n", (4, 0, 3)),
        ("1\tAcme\tB-ORG\n2\truns\tO\n\n1\tLima\tB-LOC\n", (3, 1, 2)),
        ("Acme B-ORG B-ORG\nruns O O\n\nLima B-LOC O\n", (3, 0, 1)),
        ("Acme S-ORG\nNew B-LOC\nYork E-LOC\n\nruns O\n", (2, 0, 1)),
    ],
)
def test_token_and_tag_are_found_among_the_columns(
    content: str, expected: tuple[int, int, int]
) -> None:
    assert columns(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        "Acme B-ORG\nopened O\nLima B-LOC\n",
        "so fine\nso bad\n\nso so\n",
        "one\ntwo\n\nthree\n",
        "Acme B-ORG\n\nopened\n\nLima B-LOC\n",
        "Acme B-ORG\n\n",
    ],
)
def test_other_lines_are_no_sentences(content: str) -> None:
    assert columns(content) is None
    assert not recognises(content.splitlines())


def test_marks_of_documents_comments_and_headers_are_left_out() -> None:
    content = f"token tag\n-DOCSTART- O\n\n# id = a\n{SENTENCES}"
    assert [number for number, _ in rows(content)] == [5, 8]


def test_a_line_of_other_width_is_a_problem_of_its_sentence() -> None:
    good = "Acme B-ORG\nopened O\n\n" * 200
    (number, problem) = rows(f"{good}Lima B-LOC NNP\n. O\n")[-1]
    assert isinstance(problem, Problem)
    assert (number, problem.found) == (601, "3 in 'Lima B-LOC NNP'")


def test_a_sentence_without_an_end_is_refused() -> None:
    content = SENTENCES + "\n" + "Acme B-ORG\n" * (MAX_RECORD // 11 + 1)
    with pytest.raises(UnreadableError) as raised:
        rows(content)
    assert raised.value.problem.found == "a longer one from line 7 on"


def test_a_treebank_is_refused() -> None:
    line = "\t".join(["1", "Acme", "Acme", "PROPN", "NNP", "_", "2", "nsubj", "_", "_"])
    with pytest.raises(UnreadableError) as raised:
        rows(f"{line}\n{line}\n\n{line}\n")
    assert raised.value.problem.found == "a CoNLL-U treebank of 10 columns"


@pytest.mark.parametrize(
    ("content", "actual"),
    [
        ("Acme B-ORG\nopened O\n", "no blank line among the first ones"),
        ("so fine\n\nso very good\n", "lines such as 'so fine'"),
    ],
)
def test_a_file_called_conll_that_is_none_is_refused(content: str, actual: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        rows(content)
    assert raised.value.problem.found == actual
