"""Which task a table is for, by the names of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contracts.problems import Problem
from functions.common.text import listed, quoted
from functions.inspect.detection.detection import Detection
from functions.inspect.detection.header_example import example_names
from functions.inspect.detection.misspelt_columns import misspelt, name_meant
from tasks import Column, Mapping, Row, Task, cells, every_variant, names_of
from tasks.base import plain

_TWO_WORDS = 2


_NAME_LENGTH = 60


_NAME_WORDS = 5


Option = tuple[Task, Mapping]


Fitting = tuple[Task, Mapping, str]


def detect_by_name(
    columns: Sequence[str],
    sample: Sequence[Row],
    tasks: Sequence[Task] | None,
    chosen: Mapping | None,
) -> Detection | Problem:
    """The form of a task that fits the rows and has most of the table's columns; see `_rank` for ties.

    `tasks` are the forms to choose from, every one where nobody has chosen; `chosen` maps canonical to user's names.
    """
    forms = list(tasks or every_variant())
    with_chosen = [form for form in forms if _has_columns(form, chosen or {})]
    forms = with_chosen or forms
    options = [(task, map_columns(task, columns, chosen)) for task in forms]
    if not tasks:
        options = [
            option for option in options if not _tags_single_words(*option, sample)
        ]
    complete = [option for option in options if not _missing(*option, sample)]
    fitting: list[Fitting] = []
    for task, mapping in complete:
        clause = _fit(task, mapping, sample)
        if clause is not None:
            fitting.append((task, mapping, clause))
    fits = _not_overshadowed(fitting, complete)
    fitting = fits or [(task, mapping, "") for task, mapping in complete]
    slip = None if tasks else _slip(options, fitting, columns, sample)
    if fitting and slip is None:
        task, mapping, clause = max(fitting, key=lambda option: _rank(option[1]))
        equals = [
            (other, same)
            for other, same, _ in fitting
            if len(same) == len(mapping) and other is not task
        ]
        reasons = reasons_for(
            task, mapping, columns, clause, equals if fits and not tasks else ()
        )
        return Detection(task, mapping, tuple(reasons))
    if not slip and not _named(options) and (row := _data_as_header(columns, sample)):
        return row
    task, mapping = slip or max(
        options, key=lambda option: _closeness(option, columns, sample)
    )
    return _lacking(task, mapping, columns, sample)


def _rank(mapping: Mapping) -> tuple[int, int]:
    """More columns first, then more that bear a task's own name; of equal ones `max` takes the registry's first."""
    return len(mapping), sum(plain(header) == name for name, header in mapping.items())


def _has_columns(task: Task, chosen: Mapping) -> bool:
    """Whether the task has all columns that the settings name."""
    return {*chosen} <= {column.name for column in task.columns}


def _not_overshadowed(
    fitting: Sequence[Fitting], complete: Sequence[Option]
) -> list[Fitting]:
    """Those that leave no column of answers unread: texts with labels that fit no form are not plain texts.

    Rather than to learn from a part of the table, the form with all of it is taken, whose check says what is wrong.
    """
    kept = []
    for option in fitting:
        read = {*option[1].values()}
        if not any(_leaves_answers(read, *other) for other in complete):
            kept.append(option)
    return kept


def _leaves_answers(read: set[str], task: Task, mapping: Mapping) -> bool:
    """Whether this form reads the same columns and, besides, answers that are not among them."""
    answers = {header for name, header in mapping.items() if name in task.targets}
    return read < {*mapping.values()} and not answers <= read


def _named(options: Sequence[Option]) -> bool:
    """Whether some header is surely one: two columns of one form, or a column's own name and no alias."""
    own = any(
        plain(header) == name
        for _, mapping in options
        for name, header in mapping.items()
    )
    return own or any(len(mapping) > 1 for _, mapping in options)


def _slip(
    options: Sequence[Option],
    fitting: Sequence[Fitting],
    columns: Sequence[str],
    sample: Sequence[Row],
) -> Option | None:
    """A form with more columns than those that fit, were it not for a slip in one name."""
    most = max((len(mapping) for _, mapping, _ in fitting), default=0)
    for task, mapping in options:
        missing = _missing(task, mapping, sample)
        free = misspelt(columns, mapping, sample)
        if (
            len(missing) == 1
            and most
            and len(mapping) >= most
            and name_meant(missing[0], free)
        ):
            return task, mapping
    return None


def _fit(task: Task, mapping: Mapping, sample: Sequence[Row]) -> str | None:
    return task.fits(_canonical(mapping, sample))


def _tags_single_words(task: Task, mapping: Mapping, sample: Sequence[Row]) -> bool:
    """Whether a table of words and labels, of no sentences, would be taken for tagged tokens."""
    is_tagging = task.name == "token-classification" and {"tokens", "tags"} <= {
        *mapping
    }
    if not (is_tagging and sample):
        return False
    tokens = [cells.decoded(row.get(mapping["tokens"])) for row in sample]
    return all(
        isinstance(token, str) and len(token.split()) < _TWO_WORDS for token in tokens
    )


def _canonical(mapping: Mapping, sample: Sequence[Row]) -> list[Row]:
    rows = []
    for row in sample:
        named = {name: row[column] for name, column in mapping.items() if column in row}
        rows.append(named)
    return rows


def map_columns(
    task: Task, columns: Sequence[str], chosen: Mapping | None = None
) -> Mapping:
    """Canonical to user's names: by the settings, else a column's own name, its aliases in order, the table's order."""
    own = {column.name for column in task.columns}
    mapping: Mapping = {
        name: header
        for name, header in (chosen or {}).items()
        if name in own and header in columns
    }
    for column in (column for column in task.columns if column.name not in mapping):
        free = [name for name in columns if name not in mapping.values()]
        if candidates := _candidates(column, free):
            mapping[column.name] = candidates[0]
    return mapping


def _candidates(column: Column, columns: Sequence[str]) -> list[str]:
    order = {name: place for place, name in enumerate((column.name, *column.aliases))}
    accepted = (name for name in columns if column.accepts(name))
    return sorted(accepted, key=lambda name: order.get(plain(name), len(order)))


def _missing(task: Task, mapping: Mapping, sample: Sequence[Row]) -> list[Column]:
    lacking = task.lacks(_canonical(mapping, sample))
    return [
        column
        for column in task.columns
        if column.name not in mapping and (column.required or column.name in lacking)
    ]


def reasons_for(
    task: Task,
    mapping: Mapping,
    columns: Sequence[str],
    clause: str,
    equals: Sequence[Option],
) -> Iterable[str]:
    read = ", ".join(
        f"{quoted(mapping[column.name])} as {column.name}"
        for column in task.columns
        if column.name in mapping
    )
    yield f"{task.title}: column {read}{f'; {clause}' if clause else ''}."
    yield from _alternatives(mapping, equals)
    for column in task.columns:
        others = [
            name
            for name in _candidates(column, columns)
            if name not in mapping.values()
        ]
        if column.name in mapping and others:
            chosen, why = (
                quoted(mapping[column.name]),
                _why(column, mapping[column.name]),
            )
            yield f"{listed(others)} could be the {column.name} too; {chosen} was taken, as {why}."
    unused = [name for name in columns if name not in mapping.values()]
    if unused:
        yield f"Not used: {listed(unused)}."
    if unused and equals and not task.targets:
        yield "If one of them holds the answers, give it the name that a task has for it, for example 'label'."


def _alternatives(mapping: Mapping, equals: Sequence[Option]) -> Iterable[str]:
    """What else the table could be for, by the same columns or by as many others."""
    chosen = {*mapping.values()}
    alike = ", ".join(
        dict.fromkeys(
            names_of(other)[0] for other, same in equals if {*same.values()} == chosen
        )
    )
    if alike:
        yield f"The same columns could be for {alike}: `task:` in traindrop.yaml chooses another."
    for other, same in equals:
        if {*same.values()} != chosen:
            read = ", ".join(
                f"{quoted(header)} as {name}" for name, header in same.items()
            )
            yield f"It could be for {names_of(other)[0]} too, with {read}: `task:` in traindrop.yaml chooses it."


def _why(column: Column, chosen: str) -> str:
    names = (column.name, *column.aliases)
    return "the more usual name" if plain(chosen) in names else "the first"


def _lacking(
    task: Task, mapping: Mapping, columns: Sequence[str], sample: Sequence[Row]
) -> Problem:
    missing = _missing(task, mapping, sample)
    free = misspelt(columns, mapping, sample)
    expected = " and ".join(f"a column for the {column.name}" for column in missing)
    remedy = " ".join(_advice(column, free) for column in missing)
    return Problem(
        expected, f"the columns {listed(columns)}" if columns else "no columns", remedy
    )


def _closeness(
    option: Option, columns: Sequence[str], sample: Sequence[Row]
) -> tuple[int, int]:
    """How many columns a form has here, and how many more but for a slip in their names."""
    task, mapping = option
    free = misspelt(columns, mapping, sample)
    missing = _missing(task, mapping, sample)
    return len(mapping), sum(name_meant(column, free) is not None for column in missing)


def _advice(column: Column, free: Sequence[str]) -> str:
    if slip := name_meant(column, free):
        return f"Column {quoted(slip[0])} looks like {slip[1]!r}: rename it to {slip[1]!r}."
    return f"Name the column {column.name!r} (or {', '.join(column.aliases[:5])})."


def _data_as_header(columns: Sequence[str], sample: Sequence[Row]) -> Problem | None:
    """The problem of a first row that holds data: long texts, numbers, or values that come again below."""
    for name in columns:
        cells_below = [row.get(name) for row in sample]
        if _is_data(name, cells_below):
            break
    else:
        return None
    example = ",".join(example_names(columns, sample))
    return Problem(
        "a header row with the names of the columns",
        f"data in the first row: {listed(columns)}",
        f"Add a first line with the names, for example {example}",
        row=1,
    )


def _is_data(name: str, below: Sequence[object]) -> bool:
    is_number = name.replace(".", "", 1).lstrip("+-").isdigit()
    is_sentence = len(name) > _NAME_LENGTH or len(name.split()) > _NAME_WORDS
    return is_number or is_sentence or name in below
