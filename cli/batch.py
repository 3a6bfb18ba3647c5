"""`traindrop predict --batch`: a file of rows is answered by a batch, outside the model's endpoint."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.invocation import Invocation
from cli.prediction_files import (
    BATCH_ENDINGS,
    answers_sentence,
    require_ending,
)
from contracts.batch import IN_PROGRESS, STARTABLE, BatchStatus
from traindrop import Batch, Client
from traindrop.connection import is_elsewhere

POLL_SECONDS = 3.0
TRANSFER_SECONDS = 600
CHUNK_BYTES = 2**20


def predict_batch(
    call: Invocation,
    model: str,
    source: Path,
    output: Path,
    parameters: Mapping[str, Any],
) -> ExitCode:
    """Uploads the file, starts a batch, follows it, fetches its result."""
    require_ending(source, BATCH_ENDINGS, "Without --batch it may be a .txt, too.")
    call.confirm(
        f"Answer {source} by a batch of {model} ({call.target.name})? It bills for instances of its own.",
        default=True,
    )
    return fetch_answers(call, start(call.api, model, source, parameters), output)


def resume_batch(call: Invocation, model: str, name: str, output: Path) -> ExitCode:
    """Follows a batch that is in progress, goes on with one that failed or was stopped; fetches its result."""
    batch = call.api.batch(model, name)
    if batch.status in STARTABLE:
        batch = call.api.start_batch(model, name)
    return fetch_answers(call, batch, output)


def fetch_answers(call: Invocation, batch: Batch, output: Path) -> ExitCode:
    again = f"traindrop predict {batch.model} --resume {batch.batch} -o {output}"
    call.note(f"batch {batch.batch}; Ctrl-C leaves it running ({again})")
    ended = follow_batch(call, batch)
    call.write_json(ended)
    if ended.status is not BatchStatus.COMPLETED or ended.result is None:
        failure = ended.failure or f"The batch ended as {ended.status}."
        raise CommandError(f"{failure} Go on with it: {again}", ExitCode.FAILED)
    download(ended.result.url, output)
    call.write(answers_sentence(ended.answered, ended.errors, output))
    return ExitCode.INCOMPLETE if ended.errors else ExitCode.DONE


def start(
    api: Client, model: str, source: Path, parameters: Mapping[str, Any]
) -> Batch:
    batch = api.create_batch(model, parameters=parameters)
    if batch.upload is None:
        raise CommandError(
            "expected a link to upload the rows to; the API answered none. Install the version that the stack has."
        )
    upload(batch.upload.url, source)
    return api.start_batch(model, batch.batch)


def upload(url: str, source: Path) -> None:
    """To S3, by a link that needs no key. Raises `CommandError`."""
    headers = {"Content-Length": str(source.stat().st_size)}
    with _link_client(url, "upload") as http, source.open("rb") as file:
        _require_success(
            http.put(url, content=_chunks(file), headers=headers), "upload"
        )


def download(url: str, path: Path) -> None:
    """As `upload`."""
    with _link_client(url, "download") as http, http.stream("GET", url) as response:
        if response.is_error:
            response.read()
        _require_success(response, "download")
        with path.open("wb") as file:
            for chunk in response.iter_bytes(CHUNK_BYTES):
                file.write(chunk)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


@contextmanager
def _link_client(url: str, what: str) -> Iterator[httpx.Client]:
    try:
        with httpx.Client(
            timeout=TRANSFER_SECONDS, trust_env=is_elsewhere(url)
        ) as http:
            yield http
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise CommandError(f"the {what} broke off: {reason}. Try again.") from error


def _require_success(response: httpx.Response, what: str) -> None:
    if response.is_error:
        raise CommandError(
            f"the {what} was refused with {response.status_code}: {response.text[:200]}. Try again."
        )


def follow_batch(call: Invocation, batch: Batch) -> Batch:
    """Shows how many rows are answered until it has ended."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=call.notes,
        disable=not call.notes.is_terminal,
    )
    status = None
    with progress:
        bar = progress.add_task(batch.status, total=None)
        while batch.status in IN_PROGRESS:
            if batch.status != status and not call.notes.is_terminal:
                call.note(f"{batch.batch}: {batch.status}")
            status = batch.status
            done = batch.answered + batch.errors
            progress.update(bar, description=status, total=batch.rows, completed=done)
            time.sleep(POLL_SECONDS)
            batch = call.api.batch(batch.model, batch.batch)
    return batch
