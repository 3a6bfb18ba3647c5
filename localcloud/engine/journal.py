"""DynamoDB's writes, appended to a file before they are answered, and done again after a crash.

A table is too large to be saved with every write. So between two saves of all tables each successful write is kept
as the request it was. A save and the journals that follow it are cut at the same moment, on the event loop's thread,
where requests are handled one after another: no write is in both, none in neither.

    journal.0   journal.1   journal.2
    --+----+----|--+--------|---+------> kill
                save says 1     save says 2: written from journal.2 only
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb

from localcloud.engine.patching import replace, symbol

logger = logging.getLogger(__name__)

_READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")
Handler = Callable[..., Awaitable[Any]]


class Journal:
    """Numbered files in `directory`; all calls but `forget` from the event loop's thread."""

    def __init__(self, directory: Path, handler: Handler) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory, self._handler = directory, handler
        self.since = 0
        self._number = max((number for number, _ in self._files()), default=-1) + 1
        self._empty = True
        self._saved = 0

    def _files(self) -> list[tuple[int, Path]]:
        return sorted((int(path.suffix[1:]), path) for path in self._directory.glob("journal.*"))

    def append(self, action: str, body: bytes) -> None:
        entry = {"account": get_account_id(), "region": get_region(), "action": action, "body": body.decode()}
        with (self._directory / f"journal.{self._number}").open("ab", buffering=0) as file:
            file.write(json.dumps(entry).encode() + b"\n")
        self._empty = False

    def cut(self) -> int:
        """The number of the journal that follows a state taken now."""
        if not self._empty:
            self._number += 1
            self._empty = True
        self._saved = self._number
        return self._number

    def forget(self) -> None:
        """To be called when the state of the last cut is on disk."""
        for number, path in self._files():
            if number < self._saved:
                path.unlink()

    async def repeat(self) -> int:
        """Does again what the loaded state lacks; returns how many writes that were."""
        done = 0
        for entry in self._missing():
            done += 1
            headers = {"x-amz-target": f"DynamoDB_20120810.{entry['action']}"}
            with request_scope(entry["account"], entry["region"]):
                status, _, answer = await self._handler("POST", "/", headers, entry["body"].encode(), {})
            if status >= 400:
                logger.warning("a %s from before the crash could not be repeated: %s", entry["action"], answer)
        return done

    def _missing(self) -> Iterator[dict[str, Any]]:
        for number, path in self._files():
            for line in path.read_bytes().splitlines() if number >= self.since else ():
                try:
                    yield json.loads(line)
                except ValueError:
                    logger.warning("the last write in %s was cut short, so nobody was told it succeeded", path)


def apply(directory: Path) -> Journal:
    journal = Journal(directory, symbol(dynamodb, "handle_request", "method path headers body query_params"))

    def recording(original: Handler) -> Handler:
        async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Any:
            response = await original(method, path, headers, body, query_params)
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            if response[0] < 400 and not action.startswith(_READS):
                journal.append(action, body)
            return response

        return handle

    def restoring(original: Any) -> Any:
        def restore(data: dict[str, Any]) -> None:
            original(data)
            journal.since = (data or {}).get("journal", 0)

        return restore

    replace(dynamodb, "get_state", "", lambda original: lambda: original() | {"journal": journal.cut()})
    replace(dynamodb, "_restore_state", "data", restoring)
    replace(dynamodb, "handle_request", "method path headers body query_params", recording)
    return journal
