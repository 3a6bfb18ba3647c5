"""What is otherwise than with the champion: a part of `evaluation.json`, of the report and of the run record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from contracts.documents import Limits, Record
from contracts.measures import Count, Share

MAX_CHANGES = 20
MAX_LABEL_CHANGES = 20


@dataclass(frozen=True)
class LabelChange(Record):
    """A label, or a kind of entity, that the model finds better or worse than the champion."""

    label: str
    rows: Annotated[Count, "How often it is right."]
    champion_right: Annotated[Count, "Of these, how often the champion names it."]
    model_right: Annotated[Count, "Of these, how often the model names it."]
    champion_f1: Share
    model_f1: Share


@dataclass(frozen=True)
class ChangedAnswer(Record):
    """One held-out row that only one of the two, model and champion, gets right."""

    row: Annotated[Count, "Its place among the held-out rows, from 0."]
    input: Annotated[str, "What was asked, cut to 300 characters."]
    expected: Annotated[str, "What was right."]
    champion: Annotated[str, "What the champion answered."]
    model: Annotated[str, "What the model answered."]
    file: Annotated[
        str, "The file of the drop that it is in; empty where that is not recorded."
    ] = ""
    file_row: Annotated[Count | None, "Its row there, as a spreadsheet counts."] = None


@dataclass(frozen=True)
class Changes(Record):
    """Where the model and the champion differ, of tasks whose answers are right or wrong."""

    new_mistakes: Annotated[
        Count, "Held-out rows that the champion gets right and the model wrong."
    ]
    gone_mistakes: Annotated[
        Count, "Held-out rows that the champion gets wrong and the model right."
    ]
    both_wrong: Annotated[Count, "Held-out rows that both get wrong."]
    labels_worse: Annotated[Count, "Labels with a lower F1 than the champion's."] = 0
    labels_better: Annotated[Count, "Labels with a higher F1 than the champion's."] = 0
    labels: Annotated[
        tuple[LabelChange, ...],
        "At most 20 of these, the largest difference first.",
        Limits(maxItems=MAX_LABEL_CHANGES),
    ] = ()
    new: Annotated[
        tuple[ChangedAnswer, ...],
        "The first of the new mistakes, at most 20.",
        Limits(maxItems=MAX_CHANGES),
    ] = ()
    gone: Annotated[
        tuple[ChangedAnswer, ...],
        "The first of the mistakes that are gone, at most 20.",
        Limits(maxItems=MAX_CHANGES),
    ] = ()
