"""`traindrop report`, `mistakes`: what a run left for people."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.release_actions import is_run, newest_run

Name = Annotated[str, typer.Argument(help="A model, or a run.")]
Output = Annotated[
    str, typer.Option("--output", "-o", help="The file to write; - is standard output.")
]


def report(
    call: Invocation,
    name: Name,
    *,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open it in the browser.")
    ] = False,
    card: Annotated[
        bool, typer.Option("--card", help="The model card, Markdown, in its place.")
    ] = False,
    output: Output = "",
) -> ExitCode:
    """Fetches the report on a training: one HTML page."""
    run = run_of(call, name)
    document, ending = ("card", "md") if card else ("report", "html")
    path = _write(call, run, document, output or f"{run}-{document}.{ending}")
    if open_page and path is not None and not webbrowser.open(path.resolve().as_uri()):
        call.note(f"no browser was found: open {path.resolve()} yourself")
    return ExitCode.DONE


def mistakes(
    call: Invocation,
    name: Name,
    *,
    labels: Annotated[
        bool,
        typer.Option(
            "--labels", help="Rows whose labels may be wrong, in their place."
        ),
    ] = False,
    output: Output = "",
) -> ExitCode:
    """Fetches the held-out rows that a model answers wrong: a CSV with file and row of each."""
    run = run_of(call, name)
    document = "label_errors" if labels else "mistakes"
    _write(call, run, document, output or f"{run}-{document}.csv")
    return ExitCode.DONE


def _write(call: Invocation, run: str, document: str, output: str) -> Path | None:
    """The file; None where it went to standard output."""
    text = call.api.document(run, document)
    if output == "-":
        print(text, end="" if text.endswith("\n") else "\n")
        return None
    path = Path(output).expanduser()
    if path.is_dir():
        raise CommandError(
            f"expected a file to write; found the folder {output!r}. Name a file in it."
        )
    path.write_text(text, "utf-8")
    call.write_json({"run": run, "document": document, "output": str(path)})
    call.write(f"{document.replace('_', ' ')} of {run}: {path}")
    return path


def run_of(call: Invocation, name: str) -> str:
    """`name` if it is a run, else the model's live run, else its newest. Raises `CommandError`."""
    if is_run(call, name):
        return name
    models = {line.model: line for line in call.api.models()}
    if name in models and models[name].champion:
        return str(models[name].champion)
    return newest_run(call, name)
