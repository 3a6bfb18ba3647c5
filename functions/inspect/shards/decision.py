"""What was decided about the rows of all shards, for those who write them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.documents import Record
from functions.inspect.preparation.base import InspectionContext
from functions.inspect.preparation.manifest import shards_prefix
from functions.inspect.rows import keys as sets
from functions.inspect.rows.splits import KeyStatistics, SplitPlan
from functions.inspect.rows.spool import Spool

_HELD_OUT = "held_out"
_LEFT_OUT = "left_out_"


@dataclass(frozen=True, kw_only=True)
class Decision(Record):
    """`SplitPlan` and the warnings that go with it, without the contents held out and left out, which have files."""

    splits: tuple[str, ...]
    warnings: tuple[str, ...]
    rows: int
    distinct: int
    disputed: int
    leaked: Mapping[str, int]

    @property
    def key_statistics(self) -> KeyStatistics:
        return KeyStatistics(
            rows=self.rows, distinct=self.distinct, disputed_count=self.disputed
        )


def _decision_key(run: str) -> str:
    return f"{shards_prefix(run)}decision.json"


def write_decision(
    context: InspectionContext, division: SplitPlan, warnings: Iterable[str]
) -> None:
    decision = Decision(
        splits=division.splits,
        warnings=tuple(warnings),
        rows=division.train.rows,
        distinct=division.train.distinct,
        disputed=division.train.disputed_count,
        leaked=division.leaked,
    )
    sets_of = {_HELD_OUT: division.held_out}
    for split, contents in division.left_out.items():
        sets_of[f"{_LEFT_OUT}{split}"] = contents
    for name, contents in sets_of.items():
        path = context.folder / name
        with path.open("wb") as file:
            array("Q", contents).tofile(file)
        context.storage.upload_file(path, f"{shards_prefix(context.run)}{name}")
    context.storage.write_json(_decision_key(context.run), decision.write())


def read_decision(context: InspectionContext) -> Decision:
    return Decision.read(context.storage.read_json(_decision_key(context.run)))


def read_plan(
    context: InspectionContext, decision: Decision, spool: Spool
) -> SplitPlan:
    """The plan as far as the rows of a spool go."""
    names = ("train", "validation")
    return SplitPlan(
        splits=decision.splits,
        train=decision.key_statistics,
        held_out=_contents(context, _HELD_OUT, spool),
        left_out={
            split: _contents(context, f"{_LEFT_OUT}{split}", spool) for split in names
        },
    )


def _contents(context: InspectionContext, name: str, spool: Spool) -> frozenset[int]:
    contents = array("Q")
    with context.storage.open(f"{shards_prefix(context.run)}{name}") as file:
        contents.frombytes(file.read())
    own = sets.contents(sets.as_keys(spool.keys))
    own = own.filter(sets.are_in(own, sets.as_keys(contents)))
    return frozenset(own.to_pylist())
