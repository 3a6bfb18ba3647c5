"""DynamoDB's writes, appended to a file before they are answered, and done again after a crash.

A table is too large to be saved with every write. So between two saves of all tables each successful write is kept
as the request it was. A save and the journals that follow it are cut at the same moment, on the event loop's thread,
where requests are handled one after another: no write is in both, none in neither.

    journal.0   journal.1   journal.2
    --+----+----|--+--------|---+------> kill
                save has 1      save has 2: written from journal.2 only
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb

from localcloud.engine.common.patching import replace, symbol

logger = logging.getLogger(__name__)

_READ_PREFIXES = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")
_HANDLER_PARAMETERS = "method path headers body query_params"
_FIRST_ERROR_STATUS = 400
Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Write:
    """One request, as it stands on a line of a journal."""

    account: str
    region: str
    action: str
    body: str


class Journal:
    """Numbered files in `folder`. All calls but `remove_saved` come from the event loop's thread.

    `handler` is ministack's own handler of DynamoDB requests.
    """

    def __init__(self, folder: Path, handler: Handler) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._handler = folder, handler
        self.first_number = 0
        """Of the first journal that the loaded state lacks."""
        self._number = max((number for number, _ in self._files()), default=-1) + 1
        self._is_empty = True
        self._saved_number = self._kept_number = 0

    def _files(self) -> list[tuple[int, Path]]:
        return sorted(
            (int(path.suffix[1:]), path) for path in self._folder.glob("journal.*")
        )

    def append(self, action: str, body: bytes) -> None:
        write = Write(get_account_id(), get_region(), action, body.decode())
        with (self._folder / f"journal.{self._number}").open("ab", buffering=0) as file:
            file.write(json.dumps(asdict(write)).encode() + b"\n")
        self._is_empty = False

    def cut(self) -> int:
        """The number of the journal that follows a state taken now."""
        if not self._is_empty:
            self._number += 1
            self._is_empty = True
        self._saved_number = self._number
        return self._number

    def remove_saved(self) -> None:
        """To be called when the state of the last cut is on disk. What the state saved before it lacks is kept too."""
        for number, path in self._files():
            if number < self._kept_number:
                path.unlink()
        self._kept_number = self._saved_number

    async def replay(self) -> int:
        """Does again what the loaded state lacks. Returns the number of writes."""
        count = 0
        for write in self._missing_writes():
            count += 1
            headers = {"x-amz-target": f"DynamoDB_20120810.{write.action}"}
            with request_scope(write.account, write.region):
                status, _, answer = await self._handler(
                    "POST", "/", headers, write.body.encode(), {}
                )
            if status >= _FIRST_ERROR_STATUS:
                logger.warning(
                    "a %s from before the crash could not be repeated: %s",
                    write.action,
                    answer,
                )
        return count

    def _missing_writes(self) -> Iterator[Write]:
        for number, path in self._files():
            if number < self.first_number:
                continue
            for line in path.read_bytes().splitlines():
                try:
                    yield Write(**json.loads(line))
                except ValueError:
                    logger.warning(
                        "the last write in %s was cut short, so it was never answered",
                        path,
                    )


def apply(folder: Path) -> Journal:
    journal = Journal(folder, symbol(dynamodb, "handle_request", _HANDLER_PARAMETERS))

    def record_writes(original: Handler) -> Handler:
        async def handle(
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query_params: Any,
        ) -> Any:
            response = await original(method, path, headers, body, query_params)
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            if response[0] < _FIRST_ERROR_STATUS and not action.startswith(
                _READ_PREFIXES
            ):
                journal.append(action, body)
            return response

        return handle

    def restore_number(original: Any) -> Any:
        def restore(data: dict[str, Any]) -> None:
            original(data)
            journal.first_number = (data or {}).get("journal", 0)

        return restore

    replace(
        dynamodb,
        "get_state",
        "",
        lambda original: lambda: original() | {"journal": journal.cut()},
    )
    replace(dynamodb, "_restore_state", "data", restore_number)
    replace(dynamodb, "handle_request", _HANDLER_PARAMETERS, record_writes)
    return journal
