"""What a route is given, and what it answers. Routes differ in what becomes of a drop once it is claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from contracts.problems import Problem
from functions.adapters.hub import HubModel
from functions.common.drop import DropFile, StoredObject
from functions.common.settings import Settings
from functions.inspect.drop_config import DropConfig
from functions.inspect.layouts import Plan
from functions.inspect.parts import DropFiles
from functions.inspect.problems import Problems
from functions.inspect.resolved_spec import SpecFields, spec_of
from functions.inspect.settings_file import Hub, Options
from functions.inspect.user_code import UserCode


class Storage(Protocol):
    """What inspection asks of the data bucket."""

    def list(self, prefix: str) -> list[StoredObject]: ...
    def open(self, key: str, version_id: str = "") -> BinaryIO: ...
    def upload_file(self, path: Path, key: str) -> None: ...
    def write_json(self, key: str, value: Any) -> None: ...
    def copy(self, key: str, version_id: str, target: str) -> None: ...


LookUpInHub = Callable[[Hub], HubModel | Problem]
"""What the Hub says of a model, or why it cannot be deployed."""


@dataclass(frozen=True)
class InspectionContext:
    """A claimed drop, read so far as its settings and code; `folder` is scratch space on disk."""

    run: str
    model: str
    parts: DropFiles
    plan: Plan
    given: DropConfig
    storage: Storage
    settings: Settings
    folder: Path
    look_up_in_hub: LookUpInHub

    @property
    def options(self) -> Options:
        return self.given.options

    @property
    def code(self) -> UserCode:
        return self.given.code

    @property
    def code_files(self) -> Mapping[str, bytes]:
        return self.given.code_files

    @property
    def files(self) -> list[DropFile]:
        return [*self.parts.data, *self.parts.code, *self.parts.settings]

    @property
    def settings_file(self) -> str:
        return self.parts.settings[0].name if self.parts.settings else ""

    def open(self, file: DropFile) -> BinaryIO:
        return self.storage.open(file.stored.key, file.stored.version_id)

    def spec(self, found: SpecFields) -> dict[str, Any]:
        return spec_of(self.run, self.model, found, files=self.files, options=self.options, settings=self.settings)

    def serving_facts(self) -> dict[str, Any]:
        """What the later states must know of the drop's own serving code."""
        facts: dict[str, Any] = {"code": True} if self.code_files else {}
        facts |= {"hooks": sorted(self.code.hooks)} if self.code.hooks else {}
        return facts | ({} if self.options.example is None else {"example": self.options.example})


@dataclass
class Rejection:
    """Why a drop is not gone on with; `rows` counts those that were right."""

    problems: Problems = field(default_factory=Problems)
    warnings: Sequence[str] = ()
    rows: int = 0

    @classmethod
    def of(cls, *problems: Problem, file: str | None = None) -> Rejection:
        refused = cls()
        for problem in problems:
            refused.problems.add(problem, file)
        return refused


@dataclass(frozen=True)
class PreparedRun:
    """A drop that is gone on with: its documents, and what the run's record keeps of it."""

    outcome: Literal["ready", "deployable"]
    spec: dict[str, Any]
    profile: dict[str, Any]
    record: dict[str, Any]
    warnings: Sequence[str] = ()


PreparationResult = PreparedRun | Rejection
