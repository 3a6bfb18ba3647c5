"""Moments of a drop's way as an earlier version left them, in files that later versions read.

A moment is all that lasts (the ledger's items, S3, SageMaker) and, where one was running, the execution: its definition
and where it stood. `python -m tests.upgrade.record` writes them at a release; the tests go on from each of them.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.chaos.s3 import Version
from tests.chaos.state import ExecutionRecord, Snapshot, State
from tests.chaos.things import Change, Things
from tests.chaos.world import calls_nothing
from tests.unit.statemachine.interpreter import Execution

FOLDER = Path(__file__).with_name("recorded")
_KIND, _VALUE = "$kind", "value"
_OF_STATE: Mapping[str, type] = {
    kind.__name__: kind for kind in (State, Things, Change, Version, ExecutionRecord)
}
"""What a state is built of."""


@dataclass(frozen=True)
class Moment:
    """`place` is the state of the state machine that comes next; empty where no execution was running."""

    scenario: str
    place: str
    snapshot: Snapshot
    execution: Mapping[str, Any] | None = None
    """Fields of the `Execution` but for its definition and functions, and `wait`, the seconds until its next step."""

    @property
    def name(self) -> str:
        return f"{self.scenario}, {self.place or 'over'}"


@dataclass(frozen=True)
class Recording:
    """What one version left."""

    definition: dict[str, Any]
    moments: tuple[Moment, ...]

    def write(self, path: Path) -> None:
        contents: dict[str, str] = {}
        moments = [_encoded(_fields(moment), contents) for moment in self.moments]
        document = {
            "definition": self.definition,
            "moments": moments,
            "contents": {number: text for text, number in contents.items()},
        }
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(document).encode(), mtime=0))

    @staticmethod
    def read(path: Path) -> Recording:
        document = json.loads(gzip.decompress(path.read_bytes()))
        contents = document["contents"]
        moments = tuple(
            _moment(_decoded(moment, contents)) for moment in document["moments"]
        )
        return Recording(document["definition"], moments)


def as_execution(moment: Moment, definition: dict[str, Any]) -> Execution:
    """The execution that was running at the moment, for `World.go_on`; `definition` is the one that it began with."""
    assert moment.execution is not None
    fields = {name: value for name, value in moment.execution.items() if name != "wait"}
    return Execution(definition, calls_nothing, **fields)


def _moment(fields: dict[str, Any]) -> Moment:
    snapshot = Snapshot(fields.pop("state"), fields.pop("items"))
    return Moment(snapshot=snapshot, **fields)


def _fields(moment: Moment) -> dict[str, Any]:
    return {
        "scenario": moment.scenario,
        "place": moment.place,
        "execution": moment.execution,
        "state": moment.snapshot.state,
        "items": moment.snapshot.items,
    }


def _encoded(value: Any, contents: dict[str, str]) -> Any:
    """As JSON. `contents` takes what bytes there are, once each, and their number."""
    if isinstance(value, dict):
        return {key: _encoded(item, contents) for key, item in value.items()}
    if isinstance(value, list):
        return [_encoded(item, contents) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return {_KIND: type(value).__name__, _VALUE: _parts(value, contents)}


def _parts(value: Any, contents: dict[str, str]) -> Any:
    """What a value of another kind is built of."""
    match value:
        case tuple():
            return _encoded(list(value), contents)
        case set():
            return sorted(value)
        case bytes():
            text = base64.b64encode(value).decode()
            return contents.setdefault(text, str(len(contents)))
        case datetime() | Decimal():
            return str(value)
        case _:
            return _encoded(dict(vars(value)), contents)


def _decoded(value: Any, contents: Mapping[str, str]) -> Any:
    """`contents` has the bytes by their number."""
    if isinstance(value, list):
        return [_decoded(item, contents) for item in value]
    if not isinstance(value, dict):
        return value
    if _KIND not in value:
        return {key: _decoded(item, contents) for key, item in value.items()}
    return _built(value[_KIND], value[_VALUE], contents)


def _built(kind: str, value: Any, contents: Mapping[str, str]) -> Any:
    match kind:
        case "tuple":
            return tuple(_decoded(item, contents) for item in value)
        case "set":
            return set(value)
        case "bytes":
            return base64.b64decode(contents[value])
        case "datetime":
            return datetime.fromisoformat(value)
        case "Decimal":
            return Decimal(value)
        case _:
            return _OF_STATE[kind](**_decoded(value, contents))
