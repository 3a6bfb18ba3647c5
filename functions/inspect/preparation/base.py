"""What a route reads, and what it answers. Routes differ in what becomes of a drop once it is claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from contracts import locations
from contracts.outcomes import InspectOutcome
from contracts.problems import Problem
from contracts.run_record import DataRecord
from contracts.spec import Spec
from contracts.stored_version import StoredVersion
from functions.adapters.hub import HubModel
from functions.common.drop import DropFile, StoredObject
from functions.common.settings import Settings
from functions.inspect.common.parts import DropFiles
from functions.inspect.common.problems import Problems
from functions.inspect.common.user_code import UserCode
from functions.inspect.layouts import Plan
from functions.inspect.preparation.drop_config import DropConfig
from functions.inspect.preparation.manifest import Shard
from functions.inspect.preparation.resolved_spec import complete_spec
from functions.inspect.rows.seen_rows import SeenRows
from functions.inspect.settings_file import Hub, Options
from functions.inspect.tables.reading import Reading


class Storage(Protocol):
    """What inspection asks of the data bucket."""

    def list(self, prefix: str) -> list[StoredObject]: ...
    def open(self, key: str, version_id: str = "") -> BinaryIO: ...
    def upload_file(self, path: Path, key: str) -> None: ...
    def write_json(self, key: str, value: Any) -> StoredVersion: ...
    def find(self, key: str) -> StoredVersion | None: ...
    def copy(self, key: str, version_id: str, target: str) -> None: ...
    def read_json(self, key: str) -> Any: ...
    def read_range(self, key: str, start: int, end: int) -> bytes: ...


LookUpInHub = Callable[[Hub], HubModel | Problem]
"""What the Hub says of a model, or why it cannot be deployed."""


@dataclass(frozen=True)
class InspectionContext:
    """A claimed drop, read so far as its settings and code; `folder` is scratch space on disk."""

    run: str
    model: str
    parts: DropFiles
    plan: Plan
    config: DropConfig
    storage: Storage
    settings: Settings
    folder: Path
    look_up_in_hub: LookUpInHub
    unpacked: Mapping[str, Path] = field(default_factory=dict)
    """Key -> file on disk, of what was in an archive of data."""
    live_run: str | None = None
    """The run that is live; None where none is."""

    @property
    def options(self) -> Options:
        return self.config.options

    @property
    def code(self) -> UserCode:
        return self.config.code

    @property
    def code_files(self) -> Mapping[str, bytes]:
        return self.config.code_files

    @property
    def files(self) -> list[DropFile]:
        return [*self.parts.data, *self.parts.code, *self.parts.settings]

    @property
    def settings_file(self) -> str:
        return self.parts.settings[0].name if self.parts.settings else ""

    @property
    def seen_by_live(self) -> SeenRows | None:
        """What the live model has learnt; None where that is not known."""
        key = locations.kept_seen_rows_key(self.live_run) if self.live_run else ""
        if not key or self.storage.find(key) is None:
            return None
        with self.storage.open(key) as file:
            return SeenRows.from_bytes(file.read())

    @property
    def reading(self) -> Reading:
        return Reading(
            self.plan, self.open, self.folder, self.options, self.settings_file
        )

    def open(self, file: DropFile) -> BinaryIO:
        if path := self.unpacked.get(file.stored.key):
            return path.open("rb")
        return self.storage.open(file.stored.key, file.stored.version_id)

    def complete(self, spec: Spec) -> Spec:
        """`spec` with what the stack's parameters and the drop's settings say."""
        return complete_spec(
            spec,
            self.run,
            self.model,
            files=self.files,
            options=self.options,
            settings=self.settings,
        )

    def with_own_code(self, spec: Spec) -> Spec:
        """`spec` with what the later states must know of the drop's own serving code."""
        hooks = tuple(sorted(self.code.hooks))
        return replace(
            spec, code=bool(self.code_files), hooks=hooks, example=self.options.example
        )


@dataclass
class Rejection:
    """Why a drop is rejected; `rows` counts those that were right."""

    problems: Problems = field(default_factory=Problems)
    warnings: Sequence[str] = ()
    rows: int = 0

    @classmethod
    def of(cls, *problems: Problem, file: str | None = None) -> Rejection:
        rejection = cls()
        for problem in problems:
            rejection.problems.add(problem, file)
        return rejection


@dataclass(frozen=True)
class PreparedRun:
    """A drop that is accepted: its documents, and what the run's record keeps of it."""

    outcome: Literal[InspectOutcome.READY, InspectOutcome.DEPLOYABLE]
    spec: Spec
    profile: Mapping[str, object]
    record: DataRecord
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class ShardedDrop:
    """A drop that is too large for one function: what its files are checked together in."""

    shards: Sequence[Shard]
    split_column: str = ""
    """The column that names the split of each row, if there is one."""


PreparationResult = PreparedRun | Rejection | ShardedDrop
