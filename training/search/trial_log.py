"""The trials that are done, in a file beside the checkpoints, so that an interrupted search goes on after them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from contracts.documents import ContractError
from contracts.evaluation import Trial

FILE_NAME = "search.json"


class TrialLog:
    """The results of one search, in the order of its candidates."""

    def __init__(self, folder: Path, fingerprint: Mapping[str, str]) -> None:
        """A file of another search is not read."""
        self._path = folder / FILE_NAME
        self._fingerprint = dict(fingerprint)
        self.trials = self._read()

    @property
    def seconds(self) -> float:
        """Of all trials together, those before an interruption too."""
        return sum(trial.seconds for trial in self.trials)

    def add(self, trial: Trial) -> None:
        self.trials = (*self.trials, trial)
        content = {
            "fingerprint": self._fingerprint,
            "trials": [trial.write() for trial in self.trials],
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{FILE_NAME}")
        draft.write_text(json.dumps(content), "utf-8")
        draft.replace(self._path)

    def _read(self) -> tuple[Trial, ...]:
        try:
            content = json.loads(self._path.read_text("utf-8"))
            if content["fingerprint"] != self._fingerprint:
                return ()
            return tuple(Trial.read(trial) for trial in content["trials"])
        except (OSError, ValueError, LookupError, TypeError, ContractError):
            return ()
