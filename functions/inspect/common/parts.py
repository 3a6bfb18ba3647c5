"""A drop's files by what they are for: settings, code, and the data or model that all is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from functions.common.drop import DropFile

SETTINGS_NAMES = ("traindrop.yaml", "traindrop.yml")
CODE = "code/"


@dataclass(frozen=True)
class DropFiles:
    """`code` lies below `code/`; `data` is everything else but the settings."""

    settings: tuple[DropFile, ...]
    code: tuple[DropFile, ...]
    data: tuple[DropFile, ...]

    @classmethod
    def of(cls, files: Iterable[DropFile]) -> DropFiles:
        ordered = tuple(files)
        settings = tuple(
            file for file in ordered if file.name.lower() in SETTINGS_NAMES
        )
        code = tuple(file for file in ordered if file.name.startswith(CODE))
        rest = {*settings, *code}
        return cls(settings, code, tuple(file for file in ordered if file not in rest))
