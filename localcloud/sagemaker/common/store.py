"""The resources of SageMaker and their tags, in SQLite: each change is a committed transaction that outlives a kill."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

Body = dict[str, Any]
"""A resource as its Describe operation answers it: wire names, times in epoch seconds, absent fields left out."""
Tag = dict[str, str]
"""`{"Key": …, "Value": …}`."""

STORE_FILE = "sagemaker.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
    arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Kind:
    """A kind of resource."""

    key: str
    """Its name in ARNs and in the store."""
    title: str
    """Its name in error messages."""
    prefix: str
    """The start of its wire names, as in `EndpointName`."""

    @property
    def name_field(self) -> str:
        return f"{self.prefix}Name"

    @property
    def arn_field(self) -> str:
        return f"{self.prefix}Arn"

    @property
    def status_field(self) -> str:
        return f"{self.prefix}Status"


TRAINING_JOB = Kind("training-job", "training job", "TrainingJob")
TRANSFORM_JOB = Kind("transform-job", "transform job", "TransformJob")
MODEL = Kind("model", "model", "Model")
ENDPOINT_CONFIG = Kind("endpoint-config", "endpoint configuration", "EndpointConfig")
ENDPOINT = Kind("endpoint", "endpoint", "Endpoint")
MODEL_PACKAGE_GROUP = Kind(
    "model-package-group", "model package group", "ModelPackageGroup"
)
MODEL_PACKAGE = Kind("model-package", "model package", "ModelPackage")


class DuplicateError(Exception):
    """The store has a resource of that kind and name already."""


class MissingError(LookupError):
    """The store has no resource of that kind and name."""


class DamagedStoreError(Exception):
    """The file of a store cannot be used. The text says what to do."""


def check_store(path: Path) -> None:
    """Raises `DamagedStoreError` unless `path` is a whole store or none yet. Nothing is written."""
    if not path.exists():
        return
    try:
        db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
        try:
            [result] = db.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        result = str(error)
    if result != "ok":
        raise DamagedStoreError(
            f"expected the models, endpoints and jobs of the local SageMaker in {path}; found a damaged file "
            f"({result}). Nothing was written over it. Put a copy of yours in its place, or move it away: "
            f"mv {path} {path}.damaged. Drops and the ledger are elsewhere and stay; endpoints are then made again "
            "by the next drops of their models."
        )


class Store:
    """The resources and tags of one state folder. Threads may share it."""

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
        """Commits all calls within together, or none of them if one raises."""
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

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement, part of a transaction around it: for modules with a table of their own."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    # ---- resources -----------------------------------------------------------------------------------------------

    def insert(self, kind: Kind, name: str, body: Body) -> None:
        """Raises `DuplicateError` where the name is taken."""
        row = (kind.key, name, json.dumps(body))
        try:
            with self.transaction():
                self._db.execute("INSERT INTO resources VALUES (?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise DuplicateError(f"{kind.title} {name!r} exists") from error

    def get(self, kind: Kind, name: str) -> Body:
        """Raises `MissingError`."""
        query = "SELECT body FROM resources WHERE kind = ? AND name = ?"
        with self._lock:
            row = self._db.execute(query, (kind.key, name)).fetchone()
        if row is None:
            raise MissingError(f"no {kind.title} is called {name!r}")
        body: Body = json.loads(row[0])
        return body

    def all(self, kind: Kind) -> list[Body]:
        with self._lock:
            rows = self._db.execute(
                "SELECT body FROM resources WHERE kind = ?", (kind.key,)
            ).fetchall()
        return [json.loads(text) for (text,) in rows]

    def change(self, kind: Kind, name: str, edit: Callable[[Body], object]) -> Body:
        """Applies `edit` in place to the stored body and returns it. Nothing changes if `edit` raises."""
        statement = "UPDATE resources SET body = ? WHERE kind = ? AND name = ?"
        with self.transaction():
            body = self.get(kind, name)
            edit(body)
            self._db.execute(statement, (json.dumps(body), kind.key, name))
            return body

    def delete(self, kind: Kind, name: str) -> Body:
        """Removes a resource and its tags."""
        with self.transaction():
            body = self.get(kind, name)
            self._db.execute(
                "DELETE FROM resources WHERE kind = ? AND name = ?", (kind.key, name)
            )
            self._db.execute("DELETE FROM tags WHERE arn = ?", (body[kind.arn_field],))
            return body

    # ---- tags ----------------------------------------------------------------------------------------------------

    def add_tags(self, arn: str, tags: Iterable[Tag]) -> None:
        statement = "INSERT INTO tags VALUES (?, ?, ?) ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value"
        rows = [(arn, tag["Key"], tag["Value"]) for tag in tags]
        with self.transaction():
            self._db.executemany(statement, rows)

    def delete_tags(self, arn: str, keys: Iterable[str]) -> None:
        rows = [(arn, key) for key in keys]
        with self.transaction():
            self._db.executemany("DELETE FROM tags WHERE arn = ? AND key = ?", rows)

    def tags(self, arn: str) -> list[Tag]:
        """The tags of a resource, sorted by key."""
        query = "SELECT key, value FROM tags WHERE arn = ? ORDER BY key"
        with self._lock:
            rows = self._db.execute(query, (arn,)).fetchall()
        return [{"Key": key, "Value": value} for key, value in rows]
