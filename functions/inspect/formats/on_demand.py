"""Formats whose library is large: it is imported when the first such file is opened."""

from __future__ import annotations

from importlib import import_module
from typing import BinaryIO, cast

from functions.inspect.formats.base import Format, Table


def format_of(name: str, extensions: tuple[str, ...], module: str) -> Format:
    """The format that `open_file` of a module beside this one reads."""

    def open_file(stream: BinaryIO) -> Table:
        return cast(Table, import_module(f"functions.inspect.formats.{module}").open_file(stream))

    return Format(name, extensions, open_file)
