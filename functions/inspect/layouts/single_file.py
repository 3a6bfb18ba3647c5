"""One data file under any name."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.formats import format_problem
from functions.inspect.layouts.base import Form, Plan


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    readable = [file for file in files if not format_problem(file.name, file.extension)]
    if len(files) == 1:
        return format_problem(files[0].name, files[0].extension) or Plan(
            "one file", {"train": (files[0],)}
        )
    if len(readable) == len(files):
        return Problem(
            "one data file, or files named train, validation and test",
            f"{len(files)} files: {listed(file.name for file in files)}",
            "Join them into one file, or rename them to train.…, validation.… and test.….",
        )
    stranger = next(file for file in files if file not in readable)
    return format_problem(stranger.name, stranger.extension)


FORM = Form("one file", recognise)
