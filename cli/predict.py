"""`traindrop predict`: one text, or a file of inputs to a file of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from cli.batch import predict_batch, resume_batch
from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.prediction_files import (
    InputFile,
    answers_sentence,
    read_inputs,
    write_answers,
)
from cli.row_answers import RowAsker
from functions.batch.requests import RequestMaker, known_task
from functions.batch.results import RowOutcome
from functions.common.text import counted, listed
from traindrop import TraindropError

SHOWN_ERRORS = 3


def predict(
    call: Invocation,
    model: Annotated[str, typer.Argument(help="The model's name.")],
    text: Annotated[
        str,
        typer.Argument(
            help="One text, or JSON of inputs with several fields.", show_default=False
        ),
    ] = "",
    *,
    file: Annotated[
        str,
        typer.Option(
            "--file", "-f", help="A file of inputs: .csv, .tsv, .jsonl, .txt, or -."
        ),
    ] = "",
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="A file for the answers: .csv, .tsv or .jsonl."
        ),
    ] = "",
    column: Annotated[
        str,
        typer.Option(
            "--column",
            help="The column of the inputs; by default that of the model's data.",
        ),
    ] = "",
    batch: Annotated[
        bool,
        typer.Option(
            "--batch",
            help="Outside the endpoint, by jobs of its own: for very many rows.",
        ),
    ] = False,
    resume: Annotated[
        str,
        typer.Option(
            "--resume",
            metavar="BATCH",
            help="Go on with a batch, or fetch its answers.",
        ),
    ] = "",
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            "-p",
            help="NAME=VALUE of the request's parameters, such as top_k=2.",
        ),
    ] = None,
) -> ExitCode:
    """Asks a model: one text, or each row of a file."""
    parameters = read_parameters(parameter or ())
    if (batch or resume) and not (output and (file or resume)):
        raise CommandError(
            f"--batch: expected a file of inputs and one for the answers. Say: traindrop predict {model} --batch "
            "-f texts.csv -o answers.csv"
        )
    if column and (batch or resume):
        raise CommandError(
            "--column: expected a file that the endpoint answers; found a batch, which takes the columns of the "
            "training data or `inputs`. Rename the column."
        )
    if resume:
        return resume_batch(call, model, resume, Path(output))
    if batch:
        return predict_batch(call, model, Path(file), Path(output), parameters)
    if bool(text) == bool(file):
        raise CommandError(
            f"expected a text or a file of inputs; found {'both' if text else 'neither'}. "
            f"Say, for example: traindrop predict {model} 'What a lovely film', or -f texts.csv -o answers.csv"
        )
    if text:
        return predict_one(call, model, text, parameters)
    page = call.api.model(model)
    task = known_task(page.task, page.data.variant)
    maker = RequestMaker(task, page.data.columns or {}, parameters, bool(page.custom))
    asker = RowAsker(call.api, model, maker, column)
    return predict_file(call, Path(file), Path(output) if output else None, asker)


def read_parameters(pairs: Sequence[str]) -> dict[str, Any]:
    """`top_k=2` and the like; a value that is no JSON is a text."""
    parameters: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandError(f"--parameter: expected NAME=VALUE; found {pair!r}.")
        try:
            parameters[name] = json.loads(value)
        except ValueError:
            parameters[name] = value
    return parameters


def predict_one(
    call: Invocation, model: str, text: str, parameters: dict[str, Any]
) -> ExitCode:
    prediction = call.api.predict(model, read_input(text), parameters)
    call.write_json({"answer": prediction.answer, "run": prediction.run})
    for line in answer_lines(prediction.answer):
        call.write(line)
    if prediction.truncated:
        call.note("the text is longer than the model reads: its end was cut")
    return ExitCode.DONE


def read_input(text: str) -> Any:
    """JSON of an object or a list is what it says; anything else is a text."""
    if text[:1] in {"{", "["}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def answer_lines(answer: Any) -> Iterator[str]:
    """Labels with their scores, a line each; other answers by their fields."""
    items = answer if isinstance(answer, list) else [answer]
    for item in items:
        if isinstance(item, dict) and set(item) == {"label", "score"}:
            yield f"{item['label']} {item['score']:.3f}"
        elif isinstance(item, dict) and len(item) == 1:
            yield str(next(iter(item.values())))
        else:
            yield json.dumps(item, ensure_ascii=False)


# ---- files ---------------------------------------------------------------------------------------------------------


def predict_file(
    call: Invocation, source: Path, output: Path | None, asker: RowAsker
) -> ExitCode:
    """Raises `CommandError`: where the API stops answering, with how far it came; what has an answer is written."""
    file = read_inputs(source)
    if not file.rows:
        raise CommandError(f"expected inputs in {source}; found none.")
    if problem := header_problem(file, asker):
        raise CommandError(f"{file.name}: {problem}")
    tally = RowTally()
    try:
        write_answers(file, with_progress(call, file, asker, tally), output)
    except (TraindropError, CommandError) as error:
        raise CommandError(
            f"{error}\n{tally.rows:,} of {len(file.rows):,} rows of {file.name} are done"
            f"{f' and in {output}' if output else ''}; the next one is row {tally.rows + 1:,}."
        ) from error
    if output is not None:
        call.write(answers_sentence(tally.answered, len(tally.errors), output))
        call.write_json(
            {
                "answers": tally.answered,
                "errors": len(tally.errors),
                "output": str(output),
            }
        )
    for line in tally.error_lines(file.name):
        call.note(line)
    if asker.truncated:
        call.note(
            f"{asker.truncated:,} inputs are longer than the model reads: their ends were cut"
        )
    return ExitCode.INCOMPLETE if tally.errors else ExitCode.DONE


def header_problem(file: InputFile, asker: RowAsker) -> str:
    """What is wrong with the columns of a table; empty of good ones."""
    header = file.table.header
    if not header or asker.column in header:
        return ""
    if asker.column:
        return f"expected a column {asker.column!r}; found {listed(header)}. Say which with --column."
    problem = asker.maker.require_columns(header)
    return f"{problem} Or say which holds the input: --column." if problem else ""


@dataclass
class RowTally:
    """How many rows are done, and which of them have no answer."""

    rows: int = 0
    errors: dict[int, str] = field(default_factory=dict)
    """Number of the row -> why."""

    @property
    def answered(self) -> int:
        return self.rows - len(self.errors)

    def add(self, number: int, outcome: RowOutcome) -> None:
        self.rows += 1
        if outcome.error:
            self.errors[number] = outcome.error

    def error_lines(self, name: str) -> Iterator[str]:
        """How many rows have no answer, and of the first ones why."""
        if not self.errors:
            return
        yield f"{counted(len(self.errors), 'row')} of {name} without an answer; `error` of the row says why:"
        for number, error in islice(self.errors.items(), SHOWN_ERRORS):
            yield f"  row {number:,}: {error}"
        if len(self.errors) > SHOWN_ERRORS:
            yield f"  and {len(self.errors) - SHOWN_ERRORS:,} more"


def with_progress(
    call: Invocation, file: InputFile, asker: RowAsker, tally: RowTally
) -> Iterator[RowOutcome]:
    """The outcomes of the rows, while a bar shows how far they are."""
    progress = Progress(
        "predicting",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=call.notes,
        disable=not call.notes.is_terminal,
    )
    with progress:
        bar = progress.add_task("", total=len(file.rows))
        for row, outcome in zip(file.rows, asker.outcomes(file.rows), strict=True):
            tally.add(row.number, outcome)
            progress.advance(bar)
            yield outcome
