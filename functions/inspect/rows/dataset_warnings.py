"""Warnings about data that can be trained on, but that a person should look at."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Any

from functions.common.text import counted, listed, quoted
from functions.inspect.rows import keys as sets
from functions.inspect.rows.classes import Classes
from functions.inspect.rows.keys import CLASS_BITS, CLASS_MASK
from functions.inspect.rows.split_rows import Label, SplitRows
from functions.inspect.rows.splits import KeyStatistics

_RARE = 10
_IMBALANCE = 9
"""How many times as many rows the largest class has: from there on accuracy says little."""
_WORDS_PER_TOKEN = 0.75


def on_duplicates(train: KeyStatistics) -> Iterator[str]:
    if train.duplicates:
        share = f"{train.duplicates / train.rows:.0%}"
        yield (
            f"Repeated texts in {counted(train.duplicates, 'row')} ({share}): kept, equal ones always in one split, "
            "so that no text is both learned and tested."
        )


def on_disputes(
    train: KeyStatistics, rows: SplitRows, classes: Classes
) -> Iterator[str]:
    """Names two rows that contradict each other; such rows are never tested on."""
    if not train.disputed_count:
        return
    names = {class_id: name for name, class_id in classes.ids.items()}
    first: dict[int, tuple[int, int]] = {}
    for key, number in _disputed_rows(train, rows):
        content, class_id = key >> CLASS_BITS, key & CLASS_MASK
        row, first_class = first.setdefault(content, (number, class_id))
        if first_class != class_id:
            one, other = (
                quoted(names.get(label), 40) for label in (first_class, class_id)
            )
            labels = f"{one} in row {row}, {other} in row {number}"
            texts = (
                "1 text has"
                if train.disputed_count == 1
                else f"{train.disputed_count:,} texts have"
            )
            yield f"{texts} different labels in different rows (for example {labels}): trained on, never tested on."
            return


def _disputed_rows(train: KeyStatistics, rows: SplitRows) -> Iterator[tuple[int, int]]:
    """Key and number of each row of a disputed content."""
    disputed = sets.as_keys(array("Q", train.disputed))
    for keys, numbers in rows.numbered_keys():
        all_keys = sets.as_keys(keys)
        is_disputed = sets.are_in(sets.contents(all_keys), disputed)
        yield from zip(
            all_keys.filter(is_disputed).to_pylist(),
            sets.as_keys(numbers).filter(is_disputed).to_pylist(),
            strict=True,
        )


def on_leaks(leaked: dict[str, int]) -> Iterator[str]:
    judges = {"train": "the validation or test file", "validation": "the test file"}
    for split, rows in leaked.items():
        yield f"Left out of {split}: {counted(rows, 'row')} that {judges[split]} holds too."


def on_search(search: Mapping[str, Any]) -> Iterator[str]:
    """What a search will bill; `search` is that of the settings."""
    if not search:
        return
    trials, minutes = search["trials"], search.get("budget_minutes")
    limit = (
        f"for about {minutes:g} minutes at most"
        if minutes
        else "without a limit of time (search.budget_minutes sets one)"
    )
    yield (
        f"The search trains up to {trials} models before the one that is kept, {limit}: all of it is billed."
    )


def on_balance(class_rows: dict[str, int]) -> Iterator[str]:
    if not class_rows:
        return
    rare = [name for name, rows in class_rows.items() if rows < _RARE]
    if rare:
        yield f"Fewer than {_RARE} rows for the labels {listed(rare)}: their predictions will be poor."
    most, least = (
        max(class_rows, key=class_rows.__getitem__),
        min(class_rows, key=class_rows.__getitem__),
    )
    if is_uneven(class_rows):
        counts = f"{class_rows[most]:,} for {quoted(most, 40)}, {class_rows[least]:,} for {quoted(least, 40)}"
        yield (
            f"The labels are unbalanced ({counts}): the gate compares macro F1, which counts every label alike, "
            "rather than accuracy, unless gate.metric says otherwise."
        )


def is_uneven(class_rows: Mapping[str, int]) -> bool:
    """From 9 to 1 on: always answering the largest of two classes is then right nine times in ten."""
    return bool(class_rows) and max(class_rows.values()) >= _IMBALANCE * min(
        class_rows.values()
    )


def on_spelling(names: list[str]) -> Iterator[str]:
    """Labels that differ only in case or spaces are most likely one."""
    by_form: dict[str, list[str]] = {}
    for name in names:
        by_form.setdefault("".join(name.lower().split()), []).append(name)
    for alike in by_form.values():
        if len(alike) > 1:
            yield f"The labels {listed(alike)} differ only in case or spaces; they are treated as different."


def on_single_rows(labels: Mapping[str, Label]) -> Iterator[str]:
    """Labels and tags of a single row: where a file is cut off in the middle of one, its beginning is a new one."""
    single = {name: label for name, label in labels.items() if label.rows == 1}
    if single and len(single) < len(labels):
        name, label = next(iter(single.items()))
        yield (
            f"Only one row holds {'the label' if len(single) == 1 else 'each of the labels'} {listed(single)} "
            f"(for {quoted(name, 40)} row {label.first:,}): correct it there if it is a slip, "
            "and look whether the end of the file is missing."
        )


def on_length(words: dict[int, int], max_length: int) -> Iterator[str]:
    """Texts longer than what the model reads lose their end."""
    limit = int(max_length * _WORDS_PER_TOKEN)
    total = sum(words.values())
    too_long = sum(rows for length, rows in words.items() if length > limit)
    if total and too_long > total / 20:
        share = f"about {too_long / total:.0%} of the texts"
        yield f"Over {limit} words in {share}: only the first {max_length} tokens of a text are read."


def on_redrawn(is_redrawn: bool) -> Iterator[str]:
    """A warning where the live model has learnt so many of the rows that some of these had to be held out."""
    if is_redrawn:
        yield (
            "The live model may have learnt some of the held-out rows: too few rows are left that it has not learnt. "
            "The comparison with it favours it. Add new rows, or drop a test file of its own."
        )
