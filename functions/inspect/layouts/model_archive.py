"""`model.tar.gz` alone: a model that was trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.layouts.base import Form, Plan

ENDINGS = (".tar.gz", ".tgz")
_OTHER_ARCHIVES = (".tar", ".zip", ".tar.bz2", ".tar.xz", ".7z")
PACK = "Pack the model's files with: tar -C <folder of the model> -czf model.tar.gz ."


def recognise(files: Sequence[DropFile]) -> Plan | Problem | None:
    archives = [file for file in files if file.name.lower().endswith(ENDINGS)]
    if not archives:
        other = next(
            (file for file in files if file.name.lower().endswith(_OTHER_ARCHIVES)),
            None,
        )
        return _not_gzip(other) if other else None
    others = [file.name for file in files if file not in archives]
    if others or len(archives) > 1:
        actual = listed([*(file.name for file in archives), *others])
        remedy = (
            "Drop data and archive as two models, in two folders: "
            "an archive is deployed as it is, without training."
        )
        return Problem(
            "a model archive with nothing but code/ and traindrop.yaml beside it",
            actual,
            remedy,
        )
    return Plan("a model archive", route="archive", archive=archives[0])


def _not_gzip(file: DropFile) -> Problem:
    actual = f"another kind of archive, {file.name.rpartition('/')[2]!r}"
    remedy = (
        f"For a table, upload the file inside. For a model: {PACK[0].lower()}{PACK[1:]}"
    )
    return Problem(
        "a data file, or a model as model.tar.gz", actual, remedy, file=file.name
    )


FORM = Form("a model archive", recognise)
