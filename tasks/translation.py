"""Translation: a text in one language, the same text in another."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from tasks import cells
from tasks.base import Column, Row, Task
from tasks.sequences import DEFAULTS, hold_texts, request_schema, response_schema, two_texts

_CODES = """
af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy ilo is
it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my nb ne nl nn oc pa pl ps pt ro ru sd si sk sl sq sr ss su
sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu
"""
_NAMES = """
english german deutsch french français spanish español italian italiano portuguese português dutch russian chinese
japanese korean arabic hindi turkish polish czech swedish danish norwegian finnish hungarian romanian greek ukrainian
vietnamese indonesian hebrew persian bengali tamil urdu swahili thai eng deu fra spa ita por nld rus zho jpn kor ara
"""
_TWO = 2
LANGUAGES = frozenset((_CODES + _NAMES).split())
"""What columns may be named by: codes, also as `en_XX` or `pt-BR`, and names. Not `id`, `no` and `or`, which mean
other things."""


def is_language(header: str) -> bool:
    language, _, region = header.replace("-", "_").partition("_")
    return language in LANGUAGES and len(region) <= 4


def check_row(row: Row) -> Row | Problem:
    return _check(row) if "target" in row else _check_pair(cells.decoded(row.get("source")))


def _check_pair(pair: object) -> Row | Problem:
    """Of a cell that holds both texts: `{"en": "…", "de": "…"}`."""
    if not isinstance(pair, dict) or len(pair) != _TWO:
        remedy = 'Write {"en": "…", "de": "…"}, the language to translate from first.'
        return Problem("a text in two languages", cells.found_in(pair), remedy, column="source")
    for language, text in pair.items():
        if not isinstance(text, str) or not text.strip():
            remedy = "Fill in the text or delete the row."
            return Problem(f"a text in {language!r}", cells.found_in(text), remedy, column="source")
    return _check(dict(zip(("source", "target"), pair.values(), strict=True)))


def has_two_languages(sample: Sequence[Row]) -> str | None:
    if any("target" in row for row in sample):
        return _plain_texts(sample)
    pairs = [cells.decoded(row.get("source")) for row in sample]
    return (
        "each row holds a text in two languages"
        if any(isinstance(p, dict) and len(p) == _TWO for p in pairs)
        else None
    )


_check, _plain_texts = two_texts("source", "target"), hold_texts("source", "target")

TASK = Task(
    name="translation",
    title="Translation",
    columns=(
        Column("source", ("src", "source_text", "original", "translation"), matches=is_language),
        Column(
            "target", ("tgt", "target_text", "translated", "translation_text"), False, is_language
        ),
    ),
    metric="bleu",
    metrics=("bleu", "chrf"),
    architecture_suffixes=(),
    family="seq2seq",
    base_model="google-t5/t5-small",
    defaults=DEFAULTS,
    request_schema=request_schema(),
    response_schema=response_schema("translation_text"),
    answer_field="translation_text",
    example_inputs="Save the changes?",
    check_row=check_row,
    fits=has_two_languages,
    targets=("target",),
    answers_resemble_sources=True,
    use_sentence="Translates a text, in the one direction it was trained for.",
    # BLEU counts groups of four words, so it says little about a single row.
    row_metric="chrf",
)
