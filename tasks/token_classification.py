"""Token classification (named entities, parts of speech): tokens with tags, or a text with marked spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from contracts.problems import Problem
from tasks import cells, inputs
from tasks.base import DEFAULTS, Column, Row, Task
from tasks.calls import one_or_many, request

TOKENS = Column("tokens", ("words", "token", "word", "sentence", "text"))
TAGS = Column(
    "tags",
    (
        "ner_tags",
        "ner_tag",
        "ner_labels",
        "labels",
        "ner",
        "tag",
        "label",
        "word_labels",
        "bio_tags",
        "iob_tags",
        "bio",
        "iob",
        "entities",
        "entity",
        "pos_tags",
        "pos_tag",
        "pos",
        "upos",
        "xpos",
        "chunk_tags",
        "chunk",
    ),
)
TEXT = Column("text", ("sentence", "content", "document", "input"))
SPANS = Column("spans", ("entities", "labels", "annotations", "label", "ents"))
_LABEL_NAMES = ("label", "labels", "entity_group", "entity", "tag", "type", "class")
_SPAN = ("start", "end", "label")


def _listed(row: Row, name: str) -> list[str] | Problem:
    """Strings of a list, of a JSON list in a cell, or between spaces."""
    value = cells.decoded(row.get(name))
    items = (
        value.split()
        if isinstance(value, str) and not _is_broken_list(value)
        else value
    )
    if (
        isinstance(items, list)
        and items
        and not any(isinstance(item, list | dict) for item in items)
    ):
        return [cells.text(item) for item in items]
    remedy = (
        f'Write the {name} as a list such as ["a", "b"], or with spaces between them.'
    )
    return Problem(
        f"a list of {name}", cells.found_in(row.get(name)), remedy, column=name
    )


def _is_broken_list(value: str) -> bool:
    """Whether a cell is rather a list that could not be decoded than words with spaces between them."""
    plain = value.strip()
    return plain[:1] == "[" and plain[-1:] == "]" and ("," in plain or "..." in plain)


def check_row(row: Row) -> Row | Problem:
    tokens, tags = _listed(row, "tokens"), _listed(row, "tags")
    if isinstance(tokens, Problem):
        return tokens
    if isinstance(tags, Problem):
        return tags
    if len(tokens) != len(tags):
        remedy = "Give every token its tag; O marks a token that belongs to no entity."
        return Problem(
            f"{len(tokens)} tags, one a token", f"{len(tags)}", remedy, column="tags"
        )
    empty = next((i for i, tag in enumerate(tags) if not tag), None)
    if empty is not None:
        return Problem(
            "a tag for every token",
            f"none for token {empty + 1}",
            "Write O for no entity.",
            column="tags",
        )
    blank = next((i for i, token in enumerate(tokens) if not token), None)
    if blank is not None:
        return Problem(
            "tokens that are not empty",
            f"an empty token {blank + 1}",
            "Remove it.",
            column="tokens",
        )
    return {"tokens": tokens, "tags": tags}


def check_spans(row: Row) -> Row | Problem:
    text, spans = cells.exact(row, "text"), _spans_in(row)
    if isinstance(text, Problem):
        return text
    if not isinstance(spans, list):
        remedy = 'Give a list such as [{"start": 0, "end": 5, "label": "PERSON"}].'
        return Problem("a list of spans", cells.shown(spans), remedy, column="spans")
    checked = [_span(span, text) for span in spans]
    wrong = next((span for span in checked if isinstance(span, Problem)), None)
    if wrong:
        return wrong
    ordered: list[dict[str, Any]] = sorted(
        (s for s in checked if isinstance(s, dict)), key=lambda s: s["start"]
    )
    for left, right in pairwise(ordered):
        if right["start"] < left["end"]:
            clash = f"{_quoted(text, left)} and {_quoted(text, right)}"
            return Problem(
                "spans that do not overlap",
                clash,
                "Keep one of the two.",
                column="spans",
            )
    return {"text": text, "spans": ordered}


def _span(span: Any, text: str) -> dict[str, Any] | Problem:
    """`{"start", "end", "label"}`, `end` exclusive."""
    start, end, label = _parts(span)
    if start is None or end is None or start % 1 or end % 1 or not label:
        remedy = 'Write each span as {"start": 0, "end": 5, "label": "PERSON"}; end is the first character after it.'
        return Problem(
            "a span with start, end and label",
            cells.shown(span),
            remedy,
            column="spans",
        )
    if not 0 <= start < end <= len(text):
        remedy = "Count characters from 0; end is the first character after the span."
        actual = f"one from {start:g} to {end:g} in a text of {len(text)} characters"
        return Problem("a span inside the text", actual, remedy, column="spans")
    return {"start": int(start), "end": int(end), "label": label}


def _spans_in(row: Row) -> Any:
    """The list of a cell, also inside spaCy's `{"entities": […]}`; an empty cell is an empty list."""
    items = cells.decoded(row.get("spans"))
    if isinstance(items, dict):
        items = items.get("entities", items or [])
    return items if isinstance(items, list | dict) or cells.text(items) else []


def _parts(span: Any) -> tuple[float | None, float | None, str]:
    """Start, end and label of an object by any of their names, or of a list of the three."""
    if isinstance(span, list | tuple) and len(span) == len(_SPAN):
        span = dict(zip(_SPAN, span, strict=True))
    if not isinstance(span, dict):
        return None, None, ""
    start, end = (
        cells.number(span.get(name, span.get(f"{name}_offset")))
        for name in ("start", "end")
    )
    label = next((span[name] for name in _LABEL_NAMES if name in span), None)
    if isinstance(label, list) and len(label) == 1:
        label = label[0]
    if isinstance(label, list | dict):
        label = None
    return start, end, cells.text(label)


def _quoted(text: str, span: dict[str, Any]) -> str:
    return f"{span['label']} {cells.shown(text[span['start'] : span['end']], 40)}"


def two_tags(labels: Sequence[str]) -> Problem | None:
    if len(labels) > 1:
        return None
    actual = f"only {labels[0]!r}" if labels else "none"
    return Problem(
        "at least two different tags", actual, "Add rows with entities.", column="tags"
    )


def some_spans(labels: Sequence[str]) -> Problem | None:
    return (
        None
        if labels
        else Problem(
            "rows with spans", "none with any", "Mark some entities.", column="spans"
        )
    )


def holds_lists(sample: Sequence[Row]) -> str | None:
    """Whether the tags are one a token, not spans."""
    rows = [
        (cells.decoded(row.get("tokens")), cells.decoded(row.get("tags")))
        for row in sample
    ]
    if not rows:
        return None
    if all(
        isinstance(tokens, list) and isinstance(tags, list) for tokens, tags in rows
    ):
        return _lists(
            [tag for _, tags in rows if isinstance(tags, list) for tag in tags]
        )
    if any(isinstance(cell, list | dict) for cells_ in rows for cell in cells_):
        return None
    split = [(str(tokens).split(), str(tags).split()) for tokens, tags in rows]
    tags = [tag for _, tags_of_row in split for tag in tags_of_row]
    one_each = all(
        len(tokens) == len(tags_of_row) > 0 for tokens, tags_of_row in split
    ) and len(tags) > len(rows)
    return (
        "there is one tag a word"
        if one_each and len(set(tags)) <= len(tags) / 2
        else None
    )


def _lists(tags: list[Any]) -> str | None:
    if any(isinstance(tag, list | tuple | dict) for tag in tags):
        return None
    numbers = tags and all(cells.number(tag) is not None for tag in tags)
    advice = ", and the tags numbers, which the model will answer with: names such as B-PER say more"
    return f"tokens and tags are lists{advice if numbers else ''}"


def holds_spans(sample: Sequence[Row]) -> str | None:
    if any(isinstance(row.get("text"), list) for row in sample):
        return None
    values: list[Any] = []
    for row in sample:
        spans = _spans_in(row)
        if isinstance(spans, list):
            values += spans
    marked = any(None not in _parts(span)[:2] for span in values)
    return "the labels mark characters of the text" if marked else None


_ENTITY = {
    "type": "object",
    "required": ["score", "word", "start", "end"],
    "properties": {
        "entity_group": {"type": "string"},
        "entity": {"type": "string"},
        "index": {"type": "integer"},
        "score": {"type": "number"},
        "word": {"type": "string"},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
    },
}
STRATEGIES = ("none", "simple", "first", "average", "max")

_TAGS = Task(
    name="token-classification",
    title="Token classification",
    columns=(TOKENS, TAGS),
    metric="f1",
    metrics=("f1", "precision", "recall", "token_accuracy"),
    architecture_suffixes=("ForTokenClassification",),
    family="token_classification",
    defaults=DEFAULTS | {"epochs": 3, "min_steps": 200, "train_batch_size": 16},
    request_schema=request(
        one_or_many(),
        {
            "aggregation_strategy": {"enum": list(STRATEGIES)},
            "ignore_labels": {"type": "array", "items": {"type": "string"}},
        },
    ),
    response_schema={
        "type": "array",
        "items": {"anyOf": [_ENTITY, {"type": "array", "items": _ENTITY}]},
    },
    pipeline_parameters={"aggregation_strategy": "none"},
    example_inputs="Ada Lovelace was born in London.",
    check_row=check_row,
    inputs_of=inputs.text_or_tokens,
    check_dataset=two_tags,
    labels_of=lambda row: row["tags"],
    aliases=("ner", "pos", "named-entity-recognition"),
    use_sentence="Finds entities in a text, and says of which kind they are.",
    pipeline_call='model({inputs}, aggregation_strategy="simple")',
    fits=holds_lists,
    targets=("tags",),
)

_SPANS = replace(
    _TAGS,
    title="Token classification by spans",
    variant="spans",
    aliases=("ner/spans", "span-classification"),
    columns=(TEXT, SPANS),
    check_row=check_spans,
    check_dataset=some_spans,
    labels_of=lambda row: [span["label"] for span in row["spans"]],
    fits=holds_spans,
    targets=("spans",),
)

TASK = replace(_TAGS, variants=(_SPANS,))
