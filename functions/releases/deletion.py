"""Deletes a model: endpoint, drop, runs, logs, and everything that the ledger says of them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.model_record import ModelRecord
from functions.adapters.ledger import Ledger
from functions.adapters.logs import Logs
from functions.adapters.storage import Storage
from functions.common.drop import PREFIX, locate
from functions.common.names import candidate_name
from functions.releases.removal import Remover


@dataclass(frozen=True)
class ModelDeletion:
    """May be repeated, and goes on where it stopped. The endpoint is deleted before."""

    ledger: Ledger
    storage: Storage
    logs: Logs
    remover: Remover
    stack: str

    def delete(self, model: ModelRecord) -> bool:
        """False where a run claims the model meanwhile: its record then stays.

        The drop goes first, for the sweep would begin a run for files that no run is known to have claimed; the model
        goes last, so that whoever asks again finds it.
        """
        self._delete_drop(model.model)
        runs = self.ledger.runs_of(model.model)
        for run in runs:
            self.remover.remove_files(run)
            self.logs.delete_of_endpoint(candidate_name(self.stack, run.run))
        self.logs.delete_of_endpoint(model.endpoint)
        return self.ledger.forget_model(model.model, runs)

    def _delete_drop(self, model: str) -> None:
        for item in self.storage.list(f"{PREFIX}{model}"):
            place = locate(item.key)
            if place and place.model == model:
                self.storage.delete_object(item.key)
        # Versions that are no longer current are not listed.
        self.storage.delete_prefix(f"{PREFIX}{model}/")
