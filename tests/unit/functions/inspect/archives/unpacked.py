"""Archives of a drop, unpacked as Inspect unpacks them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.inspect.archives import UnpackedFiles, unpack
from tests.unit.functions.inspect.drop_files import drop_file

TABLE = "text,label\nso fine,good\n"


def result_of(contents: dict[str, bytes], folder: Path) -> UnpackedFiles | Problem:
    def open_file(file: DropFile) -> BinaryIO:
        return io.BytesIO(contents[file.name])

    files = [drop_file(name, len(content)) for name, content in contents.items()]
    return unpack(files, open_file, folder)


def contents_of(contents: dict[str, bytes], folder: Path) -> dict[str, str]:
    """Name -> text of the files that were in archives."""
    result = result_of(contents, folder)
    assert isinstance(result, UnpackedFiles), result
    return {
        file.name: result.paths[file.stored.key].read_text()
        for file in result.data
        if file.stored.key in result.paths
    }


def problem_of(content: bytes, folder: Path, name: str = "a.zip") -> Problem:
    result = result_of({name: content}, folder)
    assert isinstance(result, Problem), result
    assert result.file == name
    return result
