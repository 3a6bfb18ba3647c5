"""Looks at each live model once a day: whether its predictions are still like its held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from contracts.drift import Drift
from contracts.model_record import ModelRecord
from functions.adapters.answer_counts import AnswerCounts
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.notifications import Message, Notifications, subject_line
from functions.sweep import drift


@dataclass(frozen=True)
class DriftWatch:
    """Subscribers hear of what differs, of each release once a week at most."""

    ledger: Ledger
    counts: AnswerCounts
    notifications: Notifications
    api_url: str = ""
    now: Callable[[], datetime] = utc_now

    def is_due(self, model: ModelRecord) -> bool:
        return model.champion is not None and drift.is_due(
            model.drift, model.champion, self.now()
        )

    def look(self, name: str) -> bool:
        """Whether subscribers were notified."""
        model, now = self.ledger.find_model(name), self.now()
        if model is None or model.champion is None:
            return False
        run = self.ledger.get_run(model.champion)
        seen = self.counts.since(name, run.run, drift.first_day(now))
        looked = drift.look(run, seen, now, model.drift)
        tells = drift.is_worth_a_mail(looked, now)
        if tells:
            looked = replace(looked, notified_at=looked.at)
        is_recorded = self.ledger.record_drift(model, looked)
        if is_recorded and tells:
            self.notifications.publish(message(name, looked, self.api_url))
        self.counts.forget_before(name, drift.oldest_day(now))
        return is_recorded and tells


def message(model: str, looked: Drift, api_url: str) -> Message:
    """A mail's subject and text."""
    changes = "\n".join(f"- {change}" for change in looked.changes)
    path = f"{api_url}/models/{quote(model, safe='')}"
    text = (
        f"The predictions of {model} since {looked.since} differ from what its release {looked.run} was judged by:\n\n"
        f"{changes}\n\nThe model answers as before. What to do: look at a sample of the new texts. If they are of a "
        f"new kind, label some hundred of them and add them to the data of {model}: the next run learns from all.\n\n"
        f"The numbers: GET {path}\n"
    )
    return Message(subject_line(f"Traindrop: the texts of {model} have changed"), text)
