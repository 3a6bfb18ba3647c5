"""Files of translations, line by line, whose endings are languages: `train.en` and `train.de`, `corpus.de-en.de`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats.compression import without_compression
from functions.inspect.layouts.base import Form, Plan
from functions.inspect.layouts.split_names import splits_of
from functions.inspect.sources.base import joined
from functions.inspect.sources.parallel_texts import ParallelTexts
from tasks.languages import language_code

NAME = "texts and their translations, line by line"
_PAIR = re.compile(r"(?P<base>.*?)[._-]?(?P<source>[a-z]{2,3})-(?P<target>[a-z]{2,3})")
"""A name that says the direction: `corpus.de-en`."""
_ALIGNMENTS = frozenset({"xml", "ids", "scores"})
"""Files that OPUS puts beside its texts."""
_TWO = 2

Sides = dict[str, DropFile]


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    texts = [file for file in files if file.extension not in _ALIGNMENTS]
    plan = _recognise(texts) if texts else None
    if isinstance(plan, Plan) and len(texts) < len(files):
        names = listed(file.name for file in files if file.extension in _ALIGNMENTS)
        note = f"Left out, as it only says which lines belong together: {names}."
        return replace(plan, notes=(note,))
    return plan


def _recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    pairs: dict[str, Sides] = defaultdict(dict)
    for file in files:
        language = without_compression(file.extension)
        if not language_code(language):
            return None
        pairs[file.stem][language] = file
    languages = {tuple(sorted(sides)) for sides in pairs.values()}
    if len(languages) > 1 or len(next(iter(languages))) != _TWO:
        names = listed(file.name for file in files)
        remedy = "Leave the two files of each split, such as train.en and train.de."
        return Problem(
            "two files, each in a language, with the same name", names, remedy
        )
    return _plan(pairs)


def _plan(pairs: dict[str, Sides]) -> Plan | Problem:
    stems = [*pairs]
    bases = []
    for stem in stems:
        match = _PAIR.fullmatch(stem)
        bases.append(match["base"] if match else stem)
    splits = ["train"] if len(stems) == 1 else splits_of(bases)
    by_split: dict[str, tuple[DropFile, ...]] = {}
    for stem, split in zip(stems, splits, strict=True):
        if split is None or split in by_split:
            remedy = (
                "Name the files train, validation and test, each with its language."
            )
            return Problem("one pair of files for each split", listed(stems), remedy)
        by_split[split] = (_source(stem, pairs[stem]),)
    if "train" not in by_split:
        return Problem(
            "a train file", listed(stems), "Add the pair of files to learn from."
        )
    order = ("train", "validation", "test")
    return Plan(NAME, {name: by_split[name] for name in order if name in by_split})


def _source(stem: str, sides: Sides) -> ParallelTexts:
    match = _PAIR.fullmatch(stem)
    named = (match["source"], match["target"]) if match else ()
    is_directed = {*named} == {*sides}
    order = named if is_directed else sorted(sides)
    pair = tuple((language, sides[language]) for language in order)
    name = f"{stem}.{'+'.join(order)}"
    return ParallelTexts(name, joined([file for _, file in pair]), pair, is_directed)


FORM = Form(NAME, recognise)
