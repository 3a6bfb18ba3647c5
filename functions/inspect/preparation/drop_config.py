"""What a user says beside the data: settings in `traindrop.yaml` and scripts below `code/`, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.common import user_code
from functions.inspect.common.parts import DropFiles
from functions.inspect.common.user_code import MAX_BYTES, TRAINING, UserCode
from functions.inspect.layouts.saved_dataset import incomplete
from functions.inspect.layouts.split_names import SPLITS
from functions.inspect.settings_file import NONE, Options, parse

SETTINGS_BYTES = 2**16
_HUB = re.compile(rb"^(?:\xef\xbb\xbf)?hub\s*:", re.MULTILINE)

Read = Callable[[DropFile, int], bytes]
"""At most so many bytes of a file."""


@dataclass(frozen=True)
class DropConfig:
    """Nothing of it where there is neither settings file nor code."""

    options: Options = NONE
    code: UserCode = field(default_factory=UserCode)
    code_files: Mapping[str, bytes] = field(default_factory=dict)


def read_drop_config(parts: DropFiles, read: Read) -> DropConfig | list[Problem]:
    """Everything, or all that is wrong with it."""
    trains = any(file.name == TRAINING for file in parts.code)
    options = _options(parts, read, trains)
    files = _code(parts, read)
    code = (
        UserCode(problems=[files])
        if isinstance(files, Problem)
        else user_code.examine(files)
    )
    problems = [*(options if isinstance(options, list) else []), *code.problems]
    if problems or isinstance(options, list) or isinstance(files, Problem):
        return problems
    return DropConfig(options, code, files)


def _options(parts: DropFiles, read: Read, trains: bool) -> Options | list[Problem]:
    if len(parts.settings) > 1:
        names = listed(file.name for file in parts.settings)
        return [Problem("one settings file", names, "Leave the one that holds.")]
    if not parts.settings:
        return NONE
    file = parts.settings[0]
    if file.stored.size > SETTINGS_BYTES:
        actual = f"{file.stored.size:,}"
        return [
            Problem(
                f"at most {SETTINGS_BYTES:,} bytes of settings",
                actual,
                "Shorten the file.",
                file=file.name,
            )
        ]
    return parse(read(file, SETTINGS_BYTES), file.name, free=trains)


def _code(parts: DropFiles, read: Read) -> dict[str, bytes] | Problem:
    size = sum(file.stored.size for file in parts.code)
    if size > MAX_BYTES:
        remedy = (
            "Keep data and weights out of code/: install packages by requirements.txt."
        )
        return Problem(
            f"at most {MAX_BYTES // 2**20} MiB below code/", f"{size:,} bytes", remedy
        )
    names = [file.name for file in parts.code]
    return user_code.misnamed(names) or {
        file.name: read(file, file.stored.size) for file in parts.code
    }


def lacks_data(parts: DropFiles, read: Read) -> bool:
    """Whether more must be on its way: code or settings alone, unless they name a model of the Hub; only rows to judge
    by; parts of a saved dataset."""
    if not parts.data:
        return not any(
            _HUB.search(read(file, SETTINGS_BYTES)) for file in parts.settings
        )
    return {_split_of(file) for file in parts.data} <= {
        "test",
        "validation",
    } or incomplete(parts.data, read)


def _split_of(file: DropFile) -> str | None:
    """The split that a folder around the file, or the file itself, is called by."""
    path = PurePosixPath(file.stem)
    names = [name.lower() for name in path.parts]
    return next((SPLITS[name] for name in names if name in SPLITS), None)
