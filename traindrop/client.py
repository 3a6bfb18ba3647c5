"""The client for programs without asyncio. `AsyncClient` has the same methods."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar

import httpx

from contracts.costs import MonthCosts
from contracts.run_record import RunRecord
from traindrop import calls
from traindrop.calls import Call, read_answer
from traindrop.connection import (
    POLL_SECONDS,
    WAIT_SECONDS,
    Connection,
    connect_error,
    request_options,
    to_answer,
)
from traindrop.errors import ApiError, ConnectError
from traindrop.results import (
    Batch,
    ModelLine,
    ModelPage,
    Prediction,
    Release,
    RunLine,
)

T = TypeVar("T")


class Client:
    """One stack's API. Methods raise `ApiError` where it refuses, `ConnectError` where it cannot be reached.

    Calls that change nothing are repeated for `wait_seconds` while the API is busy or a model wakes. `transport` is
    for tests.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        wait_seconds: float = WAIT_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.connection = Connection(url, key, wait_seconds)
        self._http = httpx.Client(
            **self.connection.client_options(), transport=transport
        )

    @classmethod
    def from_environment(cls) -> Self:
        """By `TRAINDROP_API_URL` and `TRAINDROP_API_KEY`."""
        connection = Connection.from_environment()
        return cls(connection.url, connection.key)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """The result of any call of `traindrop.calls`."""
        started, tries = time.monotonic(), 0
        while True:
            tries += 1
            try:
                answer = to_answer(self._request(call))
                if following := call.after(answer):
                    time.sleep(following.pause_seconds)
                    call, started, tries = following, time.monotonic(), 0
                    continue
                return read_answer(call, answer)
            except (ApiError, ConnectError) as error:
                waited = time.monotonic() - started
                pause = self.connection.pause_seconds(call, error, tries, waited)
                if pause is None:
                    raise
            time.sleep(pause)

    def _request(self, call: Call[Any]) -> httpx.Response:
        try:
            return self._http.request(**request_options(call))
        except httpx.HTTPError as error:
            raise connect_error(self.connection.url, error) from error

    def predict(
        self, model: str, inputs: Any, parameters: Mapping[str, Any] | None = None
    ) -> Prediction:
        """`inputs` is one input of the model's task, or a list of them.

        Of a model that answers later, it waits for the answer as long as the API does: hours, if need be.
        """
        return self.send(calls.predict(model, inputs, parameters))

    def create_batch(
        self,
        model: str,
        input_uri: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Batch:
        """A batch to whose `upload` the file is put before it is started; with a file in S3 it has started."""
        return self.send(calls.create_batch(model, input_uri, parameters))

    def start_batch(self, model: str, batch: str) -> Batch:
        """Also goes on with one that failed or was stopped."""
        return self.send(calls.change_batch(model, batch, "start"))

    def stop_batch(self, model: str, batch: str) -> Batch:
        return self.send(calls.change_batch(model, batch, "stop"))

    def batch(self, model: str, batch: str) -> Batch:
        return self.send(calls.batch(model, batch))

    def batches(self, model: str, limit: int | None = None) -> tuple[Batch, ...]:
        """The newest first."""
        return self.send(calls.batches(model, limit))

    def delete_batch(self, model: str, batch: str) -> None:
        self.send(calls.delete_batch(model, batch))

    def models(self) -> tuple[ModelLine, ...]:
        return self.send(calls.models())

    def model(self, name: str) -> ModelPage:
        return self.send(calls.model(name))

    def releases(self, model: str, limit: int | None = None) -> tuple[Release, ...]:
        """The newest first."""
        return self.send(calls.releases(model, limit))

    def runs(
        self, model: str | None = None, limit: int | None = None
    ) -> tuple[RunLine, ...]:
        """The newest first."""
        return self.send(calls.runs(model, limit))

    def run(self, name: str) -> RunRecord:
        return self.send(calls.run(name))

    def follow(
        self, run: str, poll_seconds: float = POLL_SECONDS
    ) -> Iterator[RunRecord]:
        """The run's record, again and again until it has ended."""
        record = self.run(run)
        while record.is_in_progress:
            yield record
            time.sleep(poll_seconds)
            record = self.run(run)
        yield record

    def document(self, run: str, name: str) -> str:
        """What a run left for people: `report` (HTML), `card` (Markdown), `mistakes` or `label_errors` (CSV)."""
        return self.send(calls.document(run, name))

    def costs(self, month: str | None = None) -> MonthCosts:
        """Of a month such as `2026-11`, by default the present one."""
        return self.send(calls.costs(month))

    def rollback(
        self, model: str, run: str | None = None, *, accept_label_change: bool = False
    ) -> RunRecord:
        """Puts the release before the live one live again, or `run`."""
        return self.send(calls.rollback(model, run, accept_label_change))

    def promote(
        self, model: str, run: str, *, accept_label_change: bool = False
    ) -> RunRecord:
        """Puts any release live, also one that was kept back."""
        return self.send(calls.promote(model, run, accept_label_change))

    def approve(self, run: str, *, accept_label_change: bool = False) -> RunRecord:
        """Puts a run live that waits for approval."""
        return self.send(calls.approve(run, accept_label_change))

    def reject(self, run: str) -> RunRecord:
        """Leaves a run kept back that waits for approval."""
        return self.send(calls.change_run(run, "reject"))

    def stop(self, run: str) -> RunRecord:
        return self.send(calls.change_run(run, "stop"))

    def retry(self, run: str) -> RunRecord:
        """Goes on with a failed or stopped run from the first step whose result is missing."""
        return self.send(calls.change_run(run, "retry"))

    def sleep(self, model: str) -> ModelPage:
        """Deletes a realtime endpoint until the next prediction."""
        return self.send(calls.sleep(model))

    def wake(self, model: str) -> bool:
        """Whether an endpoint is on its way; False of a model that is awake."""
        return self.send(calls.wake(model))

    def delete_model(self, model: str) -> None:
        """The model, its endpoint, its drop and its runs. A 409 with `retry_after` comes while its endpoint goes."""
        self.send(calls.delete_model(model))

    def delete_endpoint(self, model: str) -> None:
        self.send(calls.delete_endpoint(model))

    def delete_release(self, model: str, run: str) -> RunRecord:
        """Of an earlier release: its archive and its rows."""
        return self.send(calls.delete_release(model, run))

    def delete_data(self, run: str) -> RunRecord:
        """The rows that a run was trained on."""
        return self.send(calls.delete_data(run))
