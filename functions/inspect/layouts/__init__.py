"""The list of drop forms: a new form is one module beside this one and one line here; the first that answers wins."""

import re
from collections.abc import Sequence
from dataclasses import replace

from contracts.problems import Choice, Problem
from functions.common.drop import DropFile
from functions.common.text import listed
from functions.inspect.common.parts import DropFiles
from functions.inspect.common.user_code import TRAINING
from functions.inspect.common.yaml_text import settings_text
from functions.inspect.layouts import (
    class_files,
    class_folders,
    model_archive,
    named_splits,
    parallel_texts,
    partitions,
    saved_dataset,
    single_file,
    split_folders,
)
from functions.inspect.layouts.base import Form, Plan, Route
from functions.inspect.layouts.channels import channels_of
from functions.inspect.layouts.split_names import splits_of
from functions.inspect.settings_file import Options

__all__ = ["FORMS", "Form", "Plan", "Route", "plan_of"]

_SUBMISSION = re.compile(
    r"(sample|gender|example)[-_ ]?submissions?\b.*", re.IGNORECASE
)
"""An example of what a competition's contestants hand in, without any data."""

_SINGLE_TEXTS = 10
"""Files of a split; a corpus is rarely cut into so many, and its owner says so in one line."""

FORMS: tuple[Form, ...] = (
    model_archive.FORM,
    saved_dataset.FORM,
    partitions.FORM,
    class_folders.FORM,
    class_files.FORM,
    split_folders.FORM,
    parallel_texts.FORM,
    named_splits.FORM,
    single_file.FORM,
)


def plan_of(parts: DropFiles, options: Options) -> Plan | Problem:
    """What to do with a drop's files, or why that is not known."""
    if options.hub:
        return _hub(parts)
    if any(file.name == TRAINING for file in parts.code):
        return channels_of(parts.data)
    if not parts.data:
        return _nothing(parts)
    files, folder = _without_common_folder(parts.data)
    files, notes = _without_submission(files)
    plan = _recognised(files)
    if not isinstance(plan, Plan):
        return plan or _unknown(files)
    plan = replace(plan, splits=_below(folder, plan), notes=(*notes, *plan.notes))
    split = _split_of_single_texts(plan) if options.task is None else None
    return _single_texts(plan, split) if split else plan


def _recognised(files: Sequence[DropFile]) -> Plan | Problem | None:
    """What the first form says that takes the files for its own."""
    for form in FORMS:
        plan = form.recognise(files)
        if plan:
            return plan
    return None


def _split_of_single_texts(plan: Plan) -> str | None:
    """A split of so many text files that each may be one text, whose label its folder or name would hold."""
    for split, files in plan.splits.items():
        if sum(file.extension == "txt" for file in files) >= _SINGLE_TEXTS:
            return split
    return None


def _single_texts(plan: Plan, split: str) -> Problem:
    files = plan.splits[split]
    return Problem(
        "a table of the texts with their labels",
        f"{len(files):,} text files in {plan.name_of(split)}, which have none",
        "Write one CSV with the columns text and label, a row for each file; if the texts need no labels, choose that.",
        choices=(
            Choice(
                "learns the lines of the files as a language model",
                settings_text("text-generation"),
            ),
        ),
    )


def _without_common_folder(files: Sequence[DropFile]) -> tuple[Sequence[DropFile], str]:
    """The files below the folders that hold all of the drop, and these folders.

    A folder whose name says what is in it is kept.
    """
    outer = ""
    while folder := _common_folder(files):
        files = [replace(file, name=file.name.removeprefix(folder)) for file in files]
        outer += folder
    return files, outer


def _below(folder: str, plan: Plan) -> dict[str, tuple[DropFile, ...]]:
    """The files of a plan under their whole names, as messages show them."""
    splits: dict[str, tuple[DropFile, ...]] = {}
    for split, files in plan.splits.items():
        splits[split] = tuple(
            replace(file, name=f"{folder}{file.name}") for file in files
        )
    return splits


def _common_folder(files: Sequence[DropFile]) -> str | None:
    folder, slash, _ = files[0].name.partition("/")
    if not slash or "=" in folder or splits_of([folder, "train"])[0] is not None:
        return None
    path = f"{folder}/"
    return path if all(file.name.startswith(path) for file in files) else None


def _without_submission(
    files: Sequence[DropFile],
) -> tuple[Sequence[DropFile], tuple[str, ...]]:
    """The files without a sample of a competition's submission, and a sentence that says so."""
    samples = [file.name for file in files if _SUBMISSION.fullmatch(file.stem)]
    if not samples or len(samples) == len(files):
        return files, ()
    data = [file for file in files if file.name not in samples]
    return data, (
        f"Left out, as it only shows what a submission looks like: {listed(samples)}.",
    )


def _hub(parts: DropFiles) -> Plan | Problem:
    if not parts.data:
        return Plan("a model of the Hugging Face Hub", route="hub")
    remedy = "Remove hub: to train on the data (base_model: names what to start from), or remove the data."
    actual = listed(file.name for file in parts.data)
    return Problem(
        "no data beside hub:, which deploys a model as it is",
        actual,
        remedy,
        file=parts.settings[0].name,
    )


def _nothing(parts: DropFiles) -> Problem:
    remedy = "Upload the data too; or name a model under hub: in traindrop.yaml to deploy it as it is."
    actual = f"only {listed(file.name for file in (*parts.settings, *parts.code))}"
    return Problem("data, or a model archive", actual, remedy)


def _unknown(files: Sequence[DropFile]) -> Problem:
    return Problem(
        "one data file, or train, validation and test files",
        listed(file.name for file in files),
        "Leave one data file in the folder, or name the files train.…, validation.… and test.….",
    )
