from __future__ import annotations

import pytest

from contracts.problems import Problem
from functions.inspect.detection.task_detection import Detection, detect
from functions.inspect.detection.translation_direction import Languages
from tasks import Row

COLUMNS = ("de", "en")
ROWS: list[Row] = [{"de": f"Seite {i}", "en": f"Page {i}"} for i in range(4)]
CELLS: list[Row] = [{"translation": row} for row in ROWS]


def rows_of(detection: Detection, rows: list[Row]) -> list[Row | Problem]:
    assert detection.shape is not None
    read = [{"source": row["translation"]} for row in rows]
    return [row for _, row in detection.shape.convert(iter(enumerate(read, 1)))]


def test_the_order_of_columns_is_the_direction() -> None:
    detection = detect(COLUMNS, ROWS)
    assert isinstance(detection, Detection)
    assert detection.mapping == {"source": "de", "target": "en"}
    assert detection.reasons[-1] == "Translates from 'de' to 'en'."


@pytest.mark.parametrize(
    "languages",
    [
        Languages("en", "de"),
        Languages("en_XX", "de_DE"),
        Languages("eng_Latn", "deu_Latn"),
        Languages("English", ""),
        Languages("", "de"),
    ],
)
def test_the_settings_languages_decide(languages: Languages) -> None:
    by_column, by_cell = (
        detect(COLUMNS, ROWS, languages=languages),
        detect(("translation",), CELLS, languages=languages),
    )
    assert isinstance(by_column, Detection)
    assert by_column.mapping == {"source": "en", "target": "de"}
    assert by_column.reasons[-1] == "Translates from 'en' to 'de'."
    assert isinstance(by_cell, Detection)
    assert rows_of(by_cell, CELLS)[0] == {"source": "Page 0", "target": "Seite 0"}


def test_a_language_that_the_data_lack_is_refused() -> None:
    problem = detect(COLUMNS, ROWS, languages=Languages("en", "fr"))
    assert isinstance(problem, Problem)
    assert problem.expected == "one of the languages of the data, 'de', 'en'"
    assert problem.found == "'fr'"


def test_languages_that_contradict_the_chosen_columns_are_refused() -> None:
    chosen = {"source": "de", "target": "en"}
    problem = detect(COLUMNS, ROWS, chosen=chosen, languages=Languages("en", "de"))
    assert isinstance(problem, Problem)
    assert problem.expected == "the language of the column 'de'"
    assert isinstance(
        detect(COLUMNS, ROWS, chosen=chosen, languages=Languages("de", "en")), Detection
    )


def test_cells_are_read_by_their_keys_whatever_the_order_in_a_row() -> None:
    rows: list[Row] = [*CELLS, {"translation": {"en": "Page", "de": "Seite"}}]
    detection = detect(("translation",), rows)
    assert isinstance(detection, Detection)
    assert rows_of(detection, rows)[-1] == {"source": "Seite", "target": "Page"}


def test_keys_that_name_the_roles_decide() -> None:
    rows: list[Row] = [{"translation": {"tgt": "Seite", "src": "Page"}}] * 3
    detection = detect(("translation",), rows)
    assert isinstance(detection, Detection)
    assert rows_of(detection, rows)[0] == {"source": "Page", "target": "Seite"}


def test_sorted_keys_of_a_saved_dataset_are_asked_about() -> None:
    problem = detect(("translation",), CELLS, keeps_order=False)
    assert isinstance(problem, Problem)
    assert [choice.meaning for choice in problem.choices] == [
        "translates from 'de' to 'en'",
        "translates from 'en' to 'de'",
    ]
    assert problem.choices[1].settings == (
        "task: translation\nhyperparameters:\n  source_language: en\n  target_language: de"
    )
    turned: list[Row] = [{"translation": {"en": "Page", "de": "Seite"}}]
    assert isinstance(detect(("translation",), turned, keeps_order=False), Detection)


def test_three_languages_are_asked_about() -> None:
    rows: list[Row] = [row | {"fr": "La page"} for row in ROWS]
    problem = detect(("de", "en", "fr"), rows)
    assert isinstance(problem, Problem)
    assert len(problem.choices) == 6
    assert (
        problem.choices[0].settings
        == "task: translation\ncolumns:\n  source: de\n  target: en"
    )
    detection = detect(("de", "en", "fr"), rows, languages=Languages("fr", "en"))
    assert isinstance(detection, Detection)
    assert detection.mapping == {"source": "fr", "target": "en"}


def test_a_language_in_one_row_alone_is_no_third_one() -> None:
    rows: list[Row] = [*CELLS, {"translation": {"de": "a", "en": "b", "fr": "c"}}]
    assert isinstance(detect(("translation",), rows), Detection)


@pytest.mark.parametrize("name", ["en", "src", "source", "text_en"])
def test_a_text_named_by_a_language_is_classified_by_the_labels_beside_it(
    name: str,
) -> None:
    rows: list[Row] = [
        {name: f"a long text {i}", "kind": "ab"[i % 2]} for i in range(40)
    ]
    detection = detect((name, "kind"), rows)
    assert isinstance(detection, Detection)
    assert detection.mapping == {"text": name, "label": "kind"}


def test_a_source_alone_wants_its_target() -> None:
    problem = detect(("src", "id"), [{"src": "a text", "id": "1"}])
    assert isinstance(problem, Problem)
    assert problem.expected == "a column for the target"


def test_a_broken_cell_is_a_problem_of_its_row() -> None:
    detection = detect(("translation",), CELLS)
    assert isinstance(detection, Detection)
    broken = rows_of(
        detection, [{"translation": "x"}, {"translation": {"de": "Seite"}}]
    )
    assert [row.expected for row in broken if isinstance(row, Problem)] == [
        "a text in two languages",
        "a text in 'en'",
    ]


def test_a_column_of_origins_called_source_is_no_text() -> None:
    columns = ("english_sentence", "hindi_sentence", "source")
    rows: list[Row] = [dict(zip(columns, ("a b c", "d e f", "ted"), strict=True))]
    detection = detect(columns, rows)
    assert isinstance(detection, Detection)
    assert detection.mapping == {
        "source": "english_sentence",
        "target": "hindi_sentence",
    }


def test_a_text_and_its_translation_are_a_translation() -> None:
    rows: list[Row] = [
        {"text": f"a page {i}", "translation": f"eine Seite {i}"} for i in range(9)
    ]
    detection = detect(("text", "translation"), rows)
    assert isinstance(detection, Detection)
    assert detection.mapping == {"source": "text", "target": "translation"}
    assert detection.reasons[-1] == "Translates from 'text' to 'translation'."
