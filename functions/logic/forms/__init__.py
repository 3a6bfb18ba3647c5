"""The list of drop forms: a new form is one module beside this one and one line here; the first that answers wins."""

from collections.abc import Sequence

from functions.logic.drop import DropFile
from functions.logic.forms import named_splits, not_yet, single_file
from functions.logic.forms.base import Form, Plan
from functions.logic.problems import listed
from tasks import Problem

__all__ = ["FORMS", "Form", "Plan", "plan_of"]

FORMS: tuple[Form, ...] = (not_yet.FORM, named_splits.FORM, single_file.FORM)


def plan_of(files: Sequence[DropFile]) -> Plan | Problem:
    """How to read a drop's files, or why that is not known."""
    for form in FORMS:
        if answer := form.recognise(files):
            return answer
    return Problem(
        "one data file, or train, validation and test files",
        listed(file.name for file in files),
        "Leave one data file in the folder, or name the files train.…, validation.… and test.….",
    )
