"""`traindrop predict`: one text, or a file of inputs to a file of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from cli.batch import predict_batch, resume_batch
from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.prediction_files import (
    InputRow,
    answer_writer,
    input_fields,
    read_inputs,
)
from traindrop import Client, Prediction, TraindropError

BATCH_ROWS = 32
BATCH_BYTES = 500_000
"""Of one request; the API takes 4 MB at most, and a model has to answer within 26 seconds."""
REQUESTS_AT_ONCE = 4


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
    rows = read_inputs(Path(file), input_fields(call.api.model(model), column))
    if not rows:
        raise CommandError(f"expected inputs in {file}; found none.")
    predict_file(call, model, rows, Path(output) if output else None, parameters)
    return ExitCode.DONE


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
    call: Invocation,
    model: str,
    rows: Sequence[InputRow],
    output: Path | None,
    parameters: dict[str, Any],
) -> None:
    """Writes each answer as soon as those before it are there. Raises `CommandError` with how far it came."""
    truncated = 0
    progress = Progress(
        "predicting",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=call.notes,
        disable=not call.notes.is_terminal,
    )
    with answer_writer(output) as writer, progress:
        bar = progress.add_task("", total=len(rows))
        try:
            for batch, prediction in answers(call.api, model, rows, parameters):
                for row, answer in zip(batch, prediction.answer, strict=True):
                    writer.write(row, answer)
                truncated += prediction.truncated
                progress.advance(bar, len(batch))
        except TraindropError as error:
            raise CommandError(
                f"{error}\n{writer.count:,} of {len(rows):,} inputs were answered; the next ones are "
                f"{writer.count + 1:,} and following."
            ) from error
    if output is not None:
        call.write(f"{writer.count:,} answers in {output}")
        call.write_json({"answers": writer.count, "output": str(output)})
    if truncated:
        call.note(
            f"{truncated:,} inputs are longer than the model reads: their ends were cut"
        )


def answers(
    api: Client, model: str, rows: Sequence[InputRow], parameters: dict[str, Any]
) -> Iterator[tuple[Sequence[InputRow], Prediction]]:
    """Batches with their predictions, in the order of the rows; some requests are on their way at once."""

    def ask(batch: Sequence[InputRow]) -> Prediction:
        prediction = api.predict(model, [row.inputs for row in batch], parameters)
        is_complete = isinstance(prediction.answer, list) and len(
            prediction.answer
        ) == len(batch)
        if not is_complete:
            raise TraindropError(
                f"expected {len(batch)} answers for {len(batch)} inputs; the model answered otherwise. "
                "Ask it for one text at a time."
            )
        return prediction

    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        batches = list(batches_of(rows))
        for start in range(0, len(batches), REQUESTS_AT_ONCE):
            group = batches[start : start + REQUESTS_AT_ONCE]
            yield from zip(group, pool.map(ask, group), strict=True)


def batches_of(rows: Sequence[InputRow]) -> Iterator[Sequence[InputRow]]:
    """At most `BATCH_ROWS` rows, and about `BATCH_BYTES` at most unless a single row has more."""
    batch: list[InputRow] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row.inputs))
        if batch and (len(batch) == BATCH_ROWS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield batch
