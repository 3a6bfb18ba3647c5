"""Translation: a text in one language, the same text in another."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from tasks import cells, inputs
from tasks.base import Column, Row, Task
from tasks.languages import column_language
from tasks.sequences import (
    DEFAULTS,
    hold_texts,
    request_schema,
    response_schema,
    two_texts,
)

_TWO = 2
_FROM = frozenset({"source", "src", "original"})
_INTO = frozenset({"target", "tgt", "trg", "translation", "translated"})


def names_source(header: str) -> bool:
    """Whether a column is named by a language, and not as the one to translate into: `de`, `source_de`."""
    return column_language(header) is not None and not _INTO & {*header.split("_")}


def names_target(header: str) -> bool:
    return column_language(header) is not None and not _FROM & {*header.split("_")}


def check_row(row: Row) -> Row | Problem:
    return (
        _check(row)
        if "target" in row
        else _check_pair(cells.decoded(row.get("source")))
    )


def _check_pair(pair: object) -> Row | Problem:
    """Of a cell that holds both texts: `{"en": "…", "de": "…"}`."""
    if not isinstance(pair, dict) or len(pair) != _TWO:
        remedy = 'Write {"en": "…", "de": "…"}, the language to translate from first.'
        return Problem(
            "a text in two languages", cells.found_in(pair), remedy, column="source"
        )
    for language, text in pair.items():
        if not isinstance(text, str) or not text.strip():
            remedy = "Fill in the text or delete the row."
            return Problem(
                f"a text in {language!r}", cells.found_in(text), remedy, column="source"
            )
    return _check(dict(zip(("source", "target"), pair.values(), strict=True)))


def lacks_target(sample: Sequence[Row]) -> tuple[str, ...]:
    """The target, where no column holds it and no cell holds both texts."""
    if not sample or any("target" in row for row in sample):
        return ()
    is_pair = any(isinstance(cells.decoded(row.get("source")), dict) for row in sample)
    return () if is_pair else ("target",)


def has_two_languages(sample: Sequence[Row]) -> str | None:
    if any("target" in row for row in sample):
        return None if _are_numbers(sample) else _plain_texts(sample)
    pairs = [cells.decoded(row.get("source")) for row in sample]
    return (
        "each row holds a text in two languages"
        if any(isinstance(p, dict) and len(p) >= _TWO for p in pairs)
        else None
    )


def _are_numbers(sample: Sequence[Row]) -> bool:
    """Whether a column holds numbers alone: languages may be counted in columns of their names."""
    for name in ("source", "target"):
        numbers = [cells.number(row.get(name)) for row in sample]
        if None not in numbers:
            return True
    return False


_check, _plain_texts = two_texts("source", "target"), hold_texts("source", "target")

TASK = Task(
    name="translation",
    title="Translation",
    columns=(
        Column(
            "source",
            (
                "src",
                "source_text",
                "src_text",
                "source_sentence",
                "original",
                "translation",
            ),
            matches=names_source,
        ),
        Column(
            "target",
            (
                "tgt",
                "trg",
                "target_text",
                "tgt_text",
                "trg_text",
                "target_sentence",
                "translated",
                "translated_text",
                "translation_text",
                "translation",
            ),
            False,
            names_target,
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
    inputs_of=inputs.text_in("source"),
    stripped=("source", "target"),
    fits=has_two_languages,
    lacks=lacks_target,
    targets=("target",),
    answers_resemble_sources=True,
    use_sentence="Translates a text, in the one direction it was trained for.",
    # BLEU counts groups of four words, so it says little about a single row.
    row_metric="chrf",
)
