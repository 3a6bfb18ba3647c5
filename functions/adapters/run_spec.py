"""A run's resolved description, as Inspect left it."""

from __future__ import annotations

from contracts import locations
from contracts.run_record import RunRecord
from contracts.spec import Spec
from contracts.stored_version import StoredVersion
from functions.adapters.storage import Storage


class SpecMissingError(RuntimeError):
    """The ledger does not say where a run's description is."""


def stored_spec(record: RunRecord) -> StoredVersion | None:
    """Beside the archive; what Inspect left where that is not there yet, or a version without such copies ran."""
    return record.kept_spec or record.spec


def read_spec(record: RunRecord, storage: Storage) -> Spec:
    """Raises `ChangedObjectError` where it is not what the ledger says that Inspect wrote."""
    stored = stored_spec(record)
    if stored is None:
        raise SpecMissingError(
            f"expected the spec of run {record.run!r} in the ledger; found none. Drop the same files again."
        )
    return storage.read_recorded(stored, Spec)


def keep_spec(spec: Spec, run: str, storage: Storage) -> StoredVersion:
    """Writes the description beside the run's archive: a release outlives what Inspect left."""
    return storage.write_json(locations.kept_spec_key(run), spec.write())
