"""`traindrop check`: what a drop would become, before anything is uploaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import CommandError
from cli.exit_codes import CheckExitCode
from cli.inspection import CheckOutcome, CheckResult, inspect_files
from cli.invocation import Invocation
from cli.local_drop import files_below

_EXIT_CODES = {
    CheckOutcome.READY: CheckExitCode.READY,
    CheckOutcome.REFUSED: CheckExitCode.REFUSED,
    CheckOutcome.QUESTION: CheckExitCode.QUESTION,
}
SHOWN_ROWS = 3
SHOWN_LABELS = 20
SHOWN_CHARACTERS = 160


def check(
    call: Invocation,
    source: Annotated[Path, typer.Argument(help="A file, or a folder.")],
    model: Annotated[
        str,
        typer.Option(
            "--as",
            "--model",
            help="The model's name; by default that of the file or folder.",
        ),
    ] = "",
) -> CheckExitCode:
    """Reads files as a stack would, here: what is learnt from them, and what is wrong with them. Uploads nothing.

    Exit codes: 0 ready, 1 would be refused, 2 can be read in more than one way.
    """
    if not source.exists():
        raise CommandError(f"expected a folder or a file; found no {str(source)!r}.")
    name = model or default_model(source)
    result = inspect_files(files_below(source), name, SHOWN_ROWS)
    call.write_json(document(result))
    call.write("\n".join(lines(result, str(source))))
    return _EXIT_CODES[result.outcome]


def default_model(source: Path) -> str:
    """The name of the folder, or of the file without its endings."""
    path = source.resolve()
    name = path.name.split(".")[0] if path.is_file() else path.name
    return name.lstrip(".") or "drop"


def document(result: CheckResult) -> dict[str, Any]:
    """The outcome, the fields of the run record, the spec and the first rows of each split."""
    return {
        "outcome": result.outcome,
        **result.record,
        "spec": result.spec,
        "first_rows": result.rows,
    }


def lines(result: CheckResult, source: str) -> Iterator[str]:
    """The same for a person."""
    yield f"{source}: {_headline(result)}"
    if result.outcome is CheckOutcome.READY:
        yield from _section("Read", result.record["data"].get("reasons", ()))
        yield from _section("Learnt", _plan(result))
        yield from _row_lines(result)
    for problem in result.problems:
        yield f"\n{problem['message']}"
    hidden = result.record.get("problem_count", 0) - len(result.problems)
    if hidden > 0:
        yield f"\nand {hidden:,} more like these"
    yield from _section("Warnings", result.record.get("warnings", ()))


def _headline(result: CheckResult) -> str:
    if result.outcome is CheckOutcome.READY:
        return "ready to be dropped"
    if result.outcome is CheckOutcome.QUESTION:
        return "can be read in more than one way: add one of these to the files as traindrop.yaml"
    count = result.record["problem_count"]
    return f"would be refused, {count:,} problem{'' if count == 1 else 's'}"


def _section(title: str, items: Any) -> Iterator[str]:
    items = list(items)
    if items:
        yield f"\n{title}"
        yield from (f"  {item}" for item in items)


def _plan(result: CheckResult) -> Iterator[str]:
    """The task and what was chosen for it, a line each."""
    spec, data = result.spec, result.record["data"]
    variant = f", {spec['variant']}" if spec.get("variant") else ""
    facts = {
        "task": f"{spec.get('task') or 'of its own code'}{variant}",
        "columns": ", ".join(_column_texts(spec.get("columns", {}))),
        "labels": _label_text(data),
        "rows": ", ".join(
            f"{count:,} {split}" for split, count in data.get("rows", {}).items()
        ),
        "base model": spec.get("base_model"),
        "training": _training_text(spec.get("hyperparameters", {})),
        "judged by": spec.get("gate", {}).get("metric"),
    }
    return (f"{name:<11} {text}" for name, text in facts.items() if text)


def _training_text(hyperparameters: Mapping[str, Any]) -> str:
    """`epochs 2, 200 steps at least, learning_rate 0.0003, batch 32`; empty for a script of the drop's own."""
    if "learning_rate" not in hyperparameters or "epochs" not in hyperparameters:
        return ""
    texts = [f"epochs {hyperparameters['epochs']:g}"]
    if hyperparameters.get("min_steps"):
        texts.append(f"{hyperparameters['min_steps']:,} steps at least")
    texts.append(f"learning_rate {hyperparameters['learning_rate']:g}")
    texts.append(f"batch {hyperparameters.get('train_batch_size')}")
    return ", ".join(texts)


def _column_texts(columns: Mapping[str, str]) -> Iterator[str]:
    for role, column in columns.items():
        yield role if role == column else f"{role} = {column!r}"


def _label_text(data: Mapping[str, Any]) -> str:
    """`bad (10), good (10)`, or the names alone where rows were not counted."""
    labels = data.get("labels") or ()
    rows = (data.get("profile") or {}).get("classes", {})
    texts = []
    for label in labels[:SHOWN_LABELS]:
        texts.append(f"{label} ({rows[label]:,})" if label in rows else str(label))
    hidden = (data.get("label_count") or 0) - len(texts)
    more = [f"and {hidden:,} more"] if hidden > 0 else []
    return ", ".join([*texts, *more])


def _row_lines(result: CheckResult) -> Iterator[str]:
    rows = result.rows.get("train", ())
    if rows:
        yield "\nFirst rows, as they are learnt"
    for number, row in enumerate(rows, start=1):
        for index, (name, value) in enumerate(row.items()):
            yield f"  {'' if index else f'{number}.':<3}{name}: {_shown(value)}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
