"""Everything that outlives a kill: resources and tags in SQLite, each change its own committed transaction."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.sagemaker.kinds import Body, Kind

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
    arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)
) WITHOUT ROWID;
"""


class DuplicateError(Exception):
    """A resource of that kind and name is there already."""


class MissingError(LookupError):
    """No resource of that kind and name."""


class Store:
    """The resources and tags of one state folder; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several calls, committed together or not at all."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def insert(self, kind: Kind, name: str, body: Body) -> None:
        try:
            with self.transaction():
                self._db.execute("INSERT INTO resources VALUES (?, ?, ?)", (kind.key, name, json.dumps(body)))
        except sqlite3.IntegrityError as error:
            raise DuplicateError(f"{kind.title} {name!r} exists") from error

    def get(self, kind: Kind, name: str) -> Body:
        with self._lock:
            row = self._db.execute(
                "SELECT body FROM resources WHERE kind = ? AND name = ?", (kind.key, name)
            ).fetchone()
        if row is None:
            raise MissingError(f"no {kind.title} is called {name!r}")
        body: Body = json.loads(row[0])
        return body

    def all(self, kind: Kind) -> list[Body]:
        with self._lock:
            rows = self._db.execute("SELECT body FROM resources WHERE kind = ?", (kind.key,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def change(self, kind: Kind, name: str, edit: Callable[[Body], object]) -> Body:
        """Apply `edit` in place to the stored body; nothing changes if it raises."""
        with self.transaction():
            body = self.get(kind, name)
            edit(body)
            self._db.execute(
                "UPDATE resources SET body = ? WHERE kind = ? AND name = ?", (json.dumps(body), kind.key, name)
            )
            return body

    def delete(self, kind: Kind, name: str) -> Body:
        """Remove a resource and its tags."""
        with self.transaction():
            body = self.get(kind, name)
            self._db.execute("DELETE FROM resources WHERE kind = ? AND name = ?", (kind.key, name))
            self._db.execute("DELETE FROM tags WHERE arn = ?", (body[kind.arn_field],))
            return body

    def add_tags(self, arn: str, tags: Iterable[dict[str, str]]) -> None:
        with self.transaction():
            self._db.executemany(
                "INSERT INTO tags VALUES (?, ?, ?) ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
                [(arn, tag["Key"], tag["Value"]) for tag in tags],
            )

    def delete_tags(self, arn: str, keys: Iterable[str]) -> None:
        with self.transaction():
            self._db.executemany("DELETE FROM tags WHERE arn = ? AND key = ?", [(arn, key) for key in keys])

    def tags(self, arn: str) -> list[dict[str, str]]:
        with self._lock:
            rows = self._db.execute("SELECT key, value FROM tags WHERE arn = ? ORDER BY key", (arn,)).fetchall()
        return [{"Key": key, "Value": value} for key, value in rows]
