"""What exists on SageMaker though its run has ended: a function may have gone on after its workflow was stopped.

Names are compared with those that the ledger explains, and only tags of the others are read; whether a run has really
ended is then asked of the ledger itself, just before anything is removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import SageMaker
from functions.common.endpoint_state import configs_of
from functions.common.names import candidate_prefix, resource_name, stack_prefix
from functions.common.tags import RUN, Kind, Tags, tags


@dataclass(frozen=True)
class Orphans:
    ledger: Ledger
    sagemaker: SageMaker
    stack: str

    def find(self) -> list[Tags]:
        """The tags of one thing of each run that neither is or was live nor is in progress, as far as the list goes."""
        by_run: dict[str, Tags] = {}
        for item in self._unexplained():
            # A model's endpoint outlives its runs, and has no run among its tags.
            if RUN in item:
                by_run.setdefault(item[RUN], item)
        return list(by_run.values())

    def served_configs(self) -> set[str]:
        """Names of the configs on the endpoints of models, whatever the ledger says of those models."""
        owned = self.sagemaker.owned(
            "endpoint", stack_prefix(self.stack), tags(self.stack)
        )
        names: set[str] = set()
        for item in owned:
            # An endpoint with a run among its tags is that run's candidate.
            if RUN not in item.tags:
                names.update(configs_of(self.sagemaker.endpoint(item.name)))
        return names

    def _unexplained(self) -> Iterator[Tags]:
        prefix, owner = stack_prefix(self.stack), tags(self.stack)
        yield from self.sagemaker.jobs_in_progress(prefix, owner).values()
        explained = self._explained()
        prefixes: dict[Kind, str] = {
            "endpoint": candidate_prefix(self.stack),
            "endpoint-config": prefix,
            "model": prefix,
        }
        for kind, beginning in prefixes.items():
            for item in self.sagemaker.owned(kind, beginning, owner, explained):
                yield item.tags

    def _explained(self) -> set[str]:
        """Names of the models and configs of runs that may have some."""
        names: set[str] = set()
        for model in self.ledger.models(None):
            runs = (model.champion, model.previous_champion, model.active_run)
            names.update(resource_name(self.stack, run) for run in runs if run)
        return names
