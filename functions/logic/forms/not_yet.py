"""Parts of a drop that this version does not act on: refused, because ignoring them would surprise."""

from __future__ import annotations

from collections.abc import Sequence

from functions.logic.drop import DropFile
from functions.logic.forms.base import Form
from functions.logic.problems import listed
from tasks import Problem

_DATASET_FILES = frozenset({"dataset_dict.json", "dataset_info.json", "state.json"})


def recognise(files: Sequence[DropFile]) -> Problem | None:
    for file in files:
        if problem := _refuse(file.name):
            return problem
    nested = [file.name for file in files if "/" in file.name]
    if nested:
        return Problem(
            "data files directly in the model's folder",
            listed(nested),
            "Move the files up into datasets/<model>/, or drop each folder as a model of its own.",
        )
    return None


def _refuse(name: str) -> Problem | None:
    top, _, rest = name.partition("/")
    if name in {"traindrop.yaml", "traindrop.yml"}:
        return _unsupported("a settings file", "Remove it: every setting has its default.", name)
    if top == "code" and rest:
        return _unsupported("custom code", "Remove the code folder: training and serving code are built in.", name)
    if name.endswith((".tar.gz", ".tgz", ".tar")):
        return _unsupported("a model archive", "Drop the data that the model is to be trained on.", name)
    if name.rpartition("/")[2] in _DATASET_FILES or name.endswith(".arrow"):
        remedy = "Export the dataset with to_csv or to_json, one file per split, and drop those files."
        return _unsupported("a dataset saved by save_to_disk", remedy, name)
    return None


def _unsupported(what: str, remedy: str, name: str) -> Problem:
    return Problem("data files only", f"{what}, which this version of Traindrop does not support", remedy, file=name)


FORM = Form("not supported", recognise)
