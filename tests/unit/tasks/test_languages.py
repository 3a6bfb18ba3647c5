from __future__ import annotations

import pytest

from tasks.languages import column_language, language_code, language_name


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de", "de"),
        ("German", "de"),
        ("pt-BR", "pt"),
        ("en_XX", "en"),
        ("eng_Latn", "en"),
        ("zh_Hans", "zh"),
        ("text_en", "en"),
        ("en_text", "en"),
        ("target_de", "de"),
        ("English words/sentences", "en"),
        ("sentence_deu_Latn", "de"),
    ],
)
def test_a_column_is_named_by_its_language(header: str, code: str) -> None:
    assert column_language(header) == code


@pytest.mark.parametrize(
    "header",
    [
        "id",
        "no",
        "is_spam",
        "is_text",
        "my_text",
        "cat",
        "en2",
        "language",
        "de_en",
        "category",
        "",
    ],
)
def test_other_columns_are_named_by_none(header: str) -> None:
    assert column_language(header) is None


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("en_XX", "en"),
        ("deu_Latn", "de"),
        ("French", "fr"),
        ("no", "no"),
        ("x", None),
        ("", None),
    ],
)
def test_settings_spell_a_language_in_many_ways(
    spelling: str, code: str | None
) -> None:
    assert language_code(spelling) == code


def test_a_language_has_an_english_name() -> None:
    assert language_name("de") == "German"
    assert language_name("xx") is None
