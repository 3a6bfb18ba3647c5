"""A run's resolved description, as Inspect left it."""

from __future__ import annotations

from contracts.run_record import RunRecord
from contracts.spec import Spec
from functions.adapters.storage import Storage


class SpecMissingError(RuntimeError):
    """The ledger does not say where a run's description is."""


def read_spec(record: RunRecord, storage: Storage) -> Spec:
    """Raises `ChangedObjectError` where it is not what the ledger says that Inspect wrote."""
    if record.spec is None:
        raise SpecMissingError(
            f"expected the spec of run {record.run!r} in the ledger; found none. Drop the same files again."
        )
    return storage.read_recorded(record.spec, Spec)
