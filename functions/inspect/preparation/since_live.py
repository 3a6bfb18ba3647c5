"""What is new in a drop: its files beside those that the live release was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from contracts import locations
from contracts.run_record import SinceLive
from contracts.spec import Spec
from functions.common.text import counted, listed
from functions.inspect.preparation.base import InspectionContext

_NAMED_FILES = 50
_FILES_OF_A_SENTENCE = 8


def since_live(
    context: InspectionContext, file_rows: Mapping[str, int]
) -> SinceLive | None:
    """`file_rows` are those of the drop by the file's name. None where the live release's are not known."""
    if context.live_run is None:
        return None
    key = locations.kept_spec_key(context.live_run)
    if context.storage.find(key) is None:
        return None
    spec = Spec.read(context.storage.read_json(key))
    before = spec.data.file_rows
    if not before:
        return None
    replaced = _replaced(context, spec)
    added = {name: rows for name, rows in file_rows.items() if name not in before}
    removed = {name: rows for name, rows in before.items() if name not in file_rows}
    changed: dict[str, int] = {}
    for name in file_rows.keys() & before.keys():
        difference = file_rows[name] - before[name]
        if difference or name in replaced:
            changed[name] = difference
    return SinceLive(
        run=context.live_run,
        rows=sum(file_rows.values()) - sum(before.values()),
        added=_first(added),
        changed=_first(changed),
        removed=_first(removed),
    )


def _replaced(context: InspectionContext, spec: Spec) -> set[str]:
    """Names of the files whose content is another."""
    etags = {file.key: file.etag for file in spec.files}
    names = set()
    for file in context.files:
        if etags.get(file.stored.key, file.stored.etag) != file.stored.etag:
            names.add(file.name)
    return names


def _first(rows: Mapping[str, int]) -> dict[str, int]:
    return dict(islice(sorted(rows.items()), _NAMED_FILES))


def reasons(since: SinceLive | None) -> list[str]:
    """A sentence on what is new, for people."""
    if since is None:
        return []
    parts = []
    for verb, files in (
        ("new", since.added),
        ("replaced", since.changed),
        ("gone", since.removed),
    ):
        if files:
            others = " and others" if len(files) > _FILES_OF_A_SENTENCE else ""
            names = listed(islice(files, _FILES_OF_A_SENTENCE))
            parts.append(f"{verb}: {names}{others}")
    direction = "more" if since.rows >= 0 else "fewer"
    amount = f"{counted(abs(since.rows), 'row')} {direction}"
    news = "; ".join(parts) or "the same files"
    return [f"Since the live release ({since.run}): {amount}; {news}."]
