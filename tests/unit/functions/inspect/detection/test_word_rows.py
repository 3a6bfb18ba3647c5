from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.detection.task_detection import Detection, detect
from functions.inspect.detection.word_rows import WordRows, word_rows
from functions.inspect.formats.base import Numbered
from tasks import Row, find_task

SENTENCES = (
    ("Ada", "joined", "Acme"),
    ("Jon", "left"),
    ("Mei", "runs", "Umbra", "now"),
)
TAGGING = find_task("token-classification")


def table(**more: list[str]) -> list[Row]:
    """One word a row, with the columns of `more` beside the words."""
    words = [word for sentence in SENTENCES for word in sentence]
    tags = ["B-PER" if word[0].isupper() else "O" for word in words]
    columns = {"word": words, "tag": tags, **more}
    return [
        dict(zip(columns, cells, strict=True))
        for cells in zip(*columns.values(), strict=True)
    ]


NUMBERS = ["1", "1", "1", "2", "2", "3", "3", "3", "3"]
FILLED_DOWN = ["Sentence: 1", "", "", "Sentence: 2", "", "Sentence: 3", "", "", ""]


def sentences(rows: list[Row]) -> list[list[str]]:
    result = word_rows(tuple(rows[0]), rows)
    assert isinstance(result, WordRows)
    read = [
        {name: row[header] for name, header in result.shape.columns.items()}
        for row in rows
    ]
    shaped = [row for _, row in result.shape.convert(iter(enumerate(read, 2)))]
    return [row["tokens"] for row in shaped if isinstance(row, dict)]


@pytest.mark.parametrize(
    "name",
    [
        "sentence_id",
        "Sentence #",
        "sent_id",
        "Sentence_idx",
        "sentence",
        "sent",
        "SentenceID",
    ],
)
@pytest.mark.parametrize("numbers", [NUMBERS, FILLED_DOWN])
def test_a_sentences_words_are_put_together(name: str, numbers: list[str]) -> None:
    assert sentences(table(**{name: numbers})) == [
        list(sentence) for sentence in SENTENCES
    ]


def test_a_column_that_stays_the_same_for_a_sentence_needs_no_name() -> None:
    assert sentences(table(s=NUMBERS)) == [list(sentence) for sentence in SENTENCES]


def test_words_are_counted_in_each_sentence() -> None:
    counts = ["1", "2", "3", "1", "2", "1", "2", "3", "4"]
    assert sentences(table(token_id=counts)) == [
        list(sentence) for sentence in SENTENCES
    ]


def test_sentences_of_two_documents_may_bear_one_number() -> None:
    documents = ["a", "a", "a", "b", "b", "b", "b", "b", "b"]
    numbers = ["0", "0", "0", "0", "0", "1", "1", "1", "1"]
    rows = table(doc_id=documents, sent_id=numbers)
    assert sentences(rows) == [list(sentence) for sentence in SENTENCES]


def test_a_row_has_the_number_of_its_first_word() -> None:
    result = word_rows(("word", "tag", "sid"), table(sid=NUMBERS))
    assert isinstance(result, WordRows)
    read: list[Row] = [{"tokens": "a", "tags": "O", "_0": number} for number in NUMBERS]
    broken = Problem("a", "b", "c")
    rows: list[Numbered] = [*enumerate(read, 2), (11, broken)]
    assert [number for number, _ in result.shape.convert(iter(rows))] == [2, 5, 11, 7]


def test_entities_are_taken_before_parts_of_speech() -> None:
    rows = table(
        POS=["NN", "VB", "NN", "NN", "VB", "NN", "VB", "NN", "RB"], sid=NUMBERS
    )
    detection = detect(("POS", "word", "tag", "sid"), rows)
    assert isinstance(detection, Detection)
    assert detection.mapping == {"tokens": "word", "tags": "tag"}
    assert (
        detection.reasons[-1] == "The words of a sentence were put together by 'sid'."
    )
    assert not any("'sid'" in reason for reason in detection.reasons[:-1])


def test_words_without_a_mark_of_their_sentence_are_refused() -> None:
    problem = detect(("word", "tag"), table())
    assert isinstance(problem, Problem)
    assert problem.expected == "the words of a sentence together"
    assert problem.remedy.startswith("Add a column 'sentence_id'")


def test_shuffled_words_are_refused() -> None:
    numbers = ["1", "2", "3", "1", "2", "3", "1", "3", "1"]
    problem = detect(("word", "tag", "sentence_id"), table(sentence_id=numbers))
    assert isinstance(problem, Problem)
    assert problem.remedy.startswith("Sort the table")


def test_the_settings_columns_are_grouped_too() -> None:
    rows = [
        {"w": row["word"], "t": row["tag"], "sid": row["sid"]}
        for row in table(sid=NUMBERS)
    ]
    chosen = {"tokens": "w", "tags": "t"}
    for tasks in (None, TAGGING.all_variants):
        detection = detect(("w", "t", "sid"), rows, tasks, chosen)
        assert isinstance(detection, Detection)
        assert detection.shape is not None


@pytest.mark.parametrize(
    "rows",
    [
        [
            {"tokens": ["Ada"], "tags": ["B-PER"]},
            {"tokens": ["Jon"], "tags": ["B-PER"]},
        ],
        [{"tokens": "Ada joined", "tags": "B-PER O"}] * 2,
        [{"word": "Anna", "label": "f"}, {"word": "Karl", "label": "m"}] * 4,
        [],
    ],
    ids=["lists", "words between spaces", "no tags", "no rows"],
)
def test_other_tables_are_left_alone(rows: list[Row]) -> None:
    assert word_rows(("tokens", "tags", "word", "label"), rows) is None


def test_tags_of_entities_are_known_by_their_form_whatever_their_name() -> None:
    rows = [
        {"sid": row["sid"], "mot": row["word"], "etiquette": row["tag"]}
        for row in table(sid=NUMBERS)
    ]
    words = word_rows(("sid", "mot", "etiquette"), rows)
    assert isinstance(words, WordRows)
    assert words.mapping == {"tokens": "mot", "tags": "etiquette"}
