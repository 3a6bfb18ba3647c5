"""Puts an earlier release, or a run that was kept back, live again: from its archive, without training.

The run goes on in another execution, as a retried one does (`retry.py`), which begins with Create model: it is
deployed on a candidate, verified, switched to and promoted as any other. Until then the live model answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.model_record import ModelRecord
from contracts.releases import LabelChanges, Promotion, PromotionKind
from contracts.run_record import RunRecord
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.run_spec import read_spec
from functions.adapters.storage import Storage
from functions.releases.decisions import (
    kind_of,
    label_changes,
    labels_change,
    no_release_before,
    of_another_model,
    refusal_by_state,
    rolled_back_already,
)
from functions.releases.retry import Retrier
from functions.releases.retry_decisions import Refusal
from functions.releases.states import earlier_releases


@dataclass(frozen=True)
class Promoter:
    """Every method may be repeated: who asks twice gets one run."""

    ledger: Ledger
    storage: Storage
    retrier: Retrier
    now: Callable[[], datetime] = utc_now

    def roll_back(
        self, model: ModelRecord, run: RunRecord | None, *, accepts_labels: bool
    ) -> RunRecord | Refusal:
        """To `run`, or to the release before the live one; the run in its next try, or the one that is live already."""
        if run is None:
            chosen = self._release_before(model)
            if isinstance(chosen, Refusal):
                return chosen
            run = chosen
        return self._put_live(model, run, True, accepts_labels)

    def promote(
        self, model: ModelRecord, run: RunRecord, *, accepts_labels: bool
    ) -> RunRecord | Refusal:
        """The run in its next try, or the one that is live already."""
        return self._put_live(model, run, False, accepts_labels)

    def _release_before(self, model: ModelRecord) -> RunRecord | Refusal:
        active = self._find(model.active_run)
        if active and _is_rollback(active):
            return active
        champion = self._find(model.champion)
        if champion and _is_rollback(champion):
            return rolled_back_already(model, champion)
        earlier = earlier_releases(self.ledger.runs_of(model.model), model)
        return earlier[0] if earlier else no_release_before(model)

    def _put_live(
        self,
        model: ModelRecord,
        run: RunRecord,
        only_released: bool,
        accepts_labels: bool,
    ) -> RunRecord | Refusal:
        if run.model != model.model:
            return of_another_model(run, model)
        if run.run == model.champion:
            return run
        changes = LabelChanges()
        if not run.is_in_progress:
            refusal = refusal_by_state(run, model, only_released=only_released)
            changes = self._label_changes(run, self._find(model.champion))
            if refusal is None and changes and not accepts_labels:
                refusal = labels_change(run, changes)
            if refusal is not None:
                return refusal
        promotion = Promotion(
            kind=kind_of(run),
            at=self.now().isoformat(timespec="milliseconds"),
            replaces=model.champion,
            label_changes=changes,
        )
        return self.retrier.promote(run, promotion)

    def _label_changes(
        self, run: RunRecord, champion: RunRecord | None
    ) -> LabelChanges:
        if champion is None:
            return LabelChanges()
        return label_changes(run, self._labels(run), champion, self._labels(champion))

    def _labels(self, run: RunRecord) -> tuple[str, ...]:
        """All of them by the spec; of a model that names its own, the first hundred."""
        labels = read_spec(run, self.storage).labels if run.kept_spec else ()
        evaluated = run.evaluation.labels if run.evaluation else ()
        return tuple(labels or evaluated or run.data.labels or ())

    def _find(self, run: str | None) -> RunRecord | None:
        return self.ledger.find_run(run) if run else None


def _is_rollback(run: RunRecord) -> bool:
    return run.promotion is not None and run.promotion.kind is PromotionKind.ROLLBACK
