"""The answers of a model to the rows of a file: many rows a request, and a row that it refuses by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cli.errors import CommandError
from functions.batch.requests import (
    INPUTS,
    PARAMETERS,
    RequestMaker,
    RowProblemError,
)
from functions.batch.results import RowOutcome, answer_alone
from functions.batch.rows import InputRow
from functions.common.request_check import request_problem
from traindrop import ApiError, Client, Prediction
from traindrop.calls import send_request

GROUP_ROWS = 32
GROUP_BYTES = 500_000
"""Of one request; the API takes 4 MB at most, and a model has to answer within 26 seconds."""
REQUESTS_AT_ONCE = 4
ROW_STATUSES = frozenset({413, 422, 502, 504})
"""Of HTTP, where the rows of a request may be why it has no answer: too large, refused, failed, too slow."""
HOPELESS_ROWS = 8
"""So many rows without an answer, and none with one, are no accident."""


@dataclass(frozen=True)
class RowRequest:
    """The request of one row; `size` is in bytes."""

    body: Any
    size: int
    is_listable: bool
    """Whether its input may stand in a list with those of other rows."""

    @property
    def parameters(self) -> Any:
        return self.body.get(PARAMETERS) if isinstance(self.body, dict) else None


@dataclass
class RowAsker:
    """Asks one model. Rows that it cannot be asked, or does not answer, have an error for an answer, as in a batch."""

    api: Client
    model: str
    maker: RequestMaker
    column: str = ""
    """Which column holds the input, where the user says so."""
    truncated: int = 0
    """How many inputs were cut at the model's limit."""
    _answered: int = 0
    _failed: int = 0
    _lock: Lock = field(default_factory=Lock)

    def outcomes(self, rows: Sequence[InputRow]) -> Iterator[RowOutcome]:
        """Of each row, in order. Raises `CommandError` where the model answers none, `TraindropError` as the client."""
        prepared = [self._prepare(row) for row in rows]
        requests = [item for item in prepared if isinstance(item, RowRequest)]
        answers = self._answers(requests)
        for item in prepared:
            yield item if isinstance(item, RowOutcome) else next(answers)

    def _prepare(self, row: InputRow) -> RowRequest | RowOutcome:
        if row.problem:
            return RowOutcome(error=row.problem)
        value = row.value
        if self.column and isinstance(value, dict) and self.column in value:
            value = {INPUTS: value[self.column]}
        try:
            line = self.maker.request(value)
        except RowProblemError as problem:
            return RowOutcome(error=str(problem))
        body = json.loads(line)
        return RowRequest(body, len(line.encode()), self._is_listable(body))

    def _is_listable(self, body: Any) -> bool:
        if self.maker.task is None or self.maker.is_custom:
            return False
        inputs = body[INPUTS]
        # A list of texts, or a chat, is asked alone: among others it might mean something else.
        is_one = isinstance(inputs, str | dict)
        return is_one and not request_problem(self.maker.task.name, {INPUTS: [inputs]})

    def _answers(self, requests: Sequence[RowRequest]) -> Iterator[RowOutcome]:
        groups = list(groups_of(requests))
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            for start in range(0, len(groups), REQUESTS_AT_ONCE):
                several = groups[start : start + REQUESTS_AT_ONCE]
                for outcomes in pool.map(self._ask, several):
                    yield from outcomes

    def _ask(self, group: Sequence[RowRequest]) -> list[RowOutcome]:
        try:
            prediction = self.api.send(send_request(self.model, body_of(group)))
        except ApiError as error:
            if error.status not in ROW_STATUSES:
                raise
            return self._divide(group, str(error))
        answers = answers_of(group, prediction)
        if answers is None:
            return self._divide(group, "")
        with self._lock:
            self._answered += len(group)
            self.truncated += prediction.truncated
        return [RowOutcome(answer) for answer in answers]

    def _divide(self, group: Sequence[RowRequest], reason: str) -> list[RowOutcome]:
        """The outcomes of each half of a group that has no answer; of a single row the reason."""
        if len(group) > 1:
            middle = len(group) // 2
            return [*self._ask(group[:middle]), *self._ask(group[middle:])]
        with self._lock:
            self._failed += 1
            if self._failed >= HOPELESS_ROWS and not self._answered:
                raise CommandError(
                    f"expected answers of {self.model!r}; found none for {HOPELESS_ROWS} rows. "
                    f"The reason of one: {reason}"
                )
        return [RowOutcome(error=reason)]


def groups_of(requests: Sequence[RowRequest]) -> Iterator[Sequence[RowRequest]]:
    """At most `GROUP_ROWS` rows with the same parameters, of about `GROUP_BYTES` at most unless a single row has more.

    A row whose input may not stand in a list is alone.
    """
    group: list[RowRequest] = []
    for request in requests:
        if group and not _fits(group, request):
            yield group
            group = []
        group.append(request)
    if group:
        yield group


def _fits(group: Sequence[RowRequest], request: RowRequest) -> bool:
    first, size = group[0], sum(item.size for item in group)
    return (
        len(group) < GROUP_ROWS
        and size + request.size <= GROUP_BYTES
        and first.is_listable
        and request.is_listable
        and first.parameters == request.parameters
    )


def body_of(group: Sequence[RowRequest]) -> Any:
    if len(group) == 1:
        return group[0].body
    return group[0].body | {INPUTS: [request.body[INPUTS] for request in group]}


def answers_of(
    group: Sequence[RowRequest], prediction: Prediction
) -> Sequence[Any] | None:
    """As each row alone would be answered; None where the answer to a list has another number of items."""
    answer = prediction.answer
    if len(group) == 1:
        return [answer]
    if not isinstance(answer, list) or len(answer) != len(group):
        return None
    items: list[Any] = []
    for request, item in zip(group, answer, strict=True):
        items.append(answer_alone(request.body[INPUTS], item))
    return items
