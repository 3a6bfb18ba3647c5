"""The table of `docs/local-sagemaker.md`: the operations of the local SageMaker."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from localcloud.sagemaker.control import OPERATIONS
from localcloud.sagemaker.operations.base import Operation
from localcloud.sagemaker.service_model import ServiceModel
from tools.marked_section import replace_section

BEGIN, END = (
    "<!-- make generate writes the operations -->",
    "<!-- end of the operations -->",
)
SERVICE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"


def update(page: str) -> str:
    """The page with a row for each operation."""
    return replace_section(page, BEGIN, END, table(OPERATIONS))


def table(operations: Mapping[str, Operation]) -> str:
    """One row for each operation by name, with what its code says of it."""
    rows = [
        f"| {_link(name)} | {_note(operations[name])} |" for name in sorted(operations)
    ]
    count = (
        f"{len(_empty_lists(operations))} other List operations answer an empty list."
    )
    return "\n".join(["| operation | here |", "|---|---|", *rows, "", count])


def _link(name: str) -> str:
    return f"[{name}]({SERVICE}/API_{name}.html)"


def _note(operation: Operation) -> str:
    """The first paragraph of the docstring, on one line."""
    text = inspect.getdoc(operation) or "As on AWS."
    return " ".join(text.partition("\n\n")[0].split())


def _empty_lists(operations: Mapping[str, Operation]) -> list[str]:
    model = ServiceModel()
    return [
        name
        for name in model.names
        if name not in operations and model.list_field(name) is not None
    ]
