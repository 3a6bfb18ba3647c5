"""Creates a run's training job, or finds the one that an earlier try created.

Instance types are asked for in order; a job that failed for want of capacity is followed by the next one, under the
next name. Where every type is refused the state machine waits and asks again, until the run has waited long enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.sagemaker import Description, InstanceRefusedError, SageMaker
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.common.names import job_name
from functions.common.settings import Settings
from functions.train.instances import TRIES_KEPT, Try, in_order, is_expired, is_pointless, lost_capacity
from functions.train.request import Rival, Site, rival_of, training_request
from functions.train.source_archive import source_archive

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Starter:
    """One run's start; every method may be repeated."""

    ledger: Ledger
    storage: Storage
    sagemaker: SageMaker
    settings: Settings
    region: str
    root: Path = ROOT
    now: Callable[[], datetime] = utc_now

    def start(self, run: str, waited_seconds: float) -> Result:
        training = dict(self.ledger.get_run(run).get("training", {}))
        spec = self.storage.read_json(f"runs/{run}/spec.json")
        number, last = self._latest(run, int(training.get("number", 1)))
        if last is not None and not lost_capacity(last):
            return self._started(run, training, number, last)
        if last is not None:
            self._note(training, _instance_type(last), last.get("FailureReason", ""))
            number += 1
        created = self._create(spec, training, number, _instance_type(last) if last else None)
        if created is None:
            return self._refused(spec, training, waited_seconds)
        return self._started(run, training, number, created)

    def _latest(self, run: str, number: int) -> tuple[int, Description | None]:
        """The run's newest job and its number; number 1 and None where there is none yet."""
        last = self.sagemaker.job(job_name(self.settings.stack, run, number))
        while last is not None and lost_capacity(last):
            following = self.sagemaker.job(job_name(self.settings.stack, run, number + 1))
            if following is None:
                break
            number, last = number + 1, following
        return number, last

    def _create(
        self, spec: Mapping[str, Any], training: dict[str, Any], number: int, refused: str | None
    ) -> Description | None:
        """The job, on the first type that is to be had; None where every type was refused."""
        job, site = job_name(self.settings.stack, spec["run"], number), self._site(spec)
        for instance_type in in_order(spec["compute"]["instance_types"], refused):
            request = training_request(spec, site, job, instance_type)
            try:
                self.sagemaker.create_job(request)
            except InstanceRefusedError as refusal:
                self._note(training, instance_type, str(refusal))
            else:
                return self.sagemaker.job(job) or request
        return None

    def _site(self, spec: Mapping[str, Any]) -> Site:
        archive = source_archive(self.root)
        if not self.storage.exists(archive.key):
            self.storage.put_bytes(archive.key, archive.data)
        mirror = f"base-models/{spec['base_model']}/"
        return Site(
            stack=self.settings.stack,
            bucket=self.settings.data_bucket,
            region=self.region,
            role_arn=self.settings.execution_role_arn,
            image=self.settings.training_image,
            source=archive.key,
            base_model=mirror if spec["base_model"] and self.storage.exists(f"{mirror}config.json") else None,
            hub_endpoint=self.settings.own_hub,
            champion=self._champion(spec),
        )

    def _champion(self, spec: Mapping[str, Any]) -> Rival | None:
        """The live model that the new one has to stand against, or why it has not."""
        model = self.ledger.find_model(spec["model"])
        run = model.get("champion") if model else None
        rival = rival_of(self.ledger.find_run(run), spec) if run else None
        if rival and rival.archive and not self.storage.exists(rival.archive):
            return Rival(rival.run, reason="its archive is no longer there")
        return rival

    def _note(self, training: dict[str, Any], instance_type: str, reason: str) -> None:
        at = self.now().isoformat(timespec="seconds")
        training.setdefault("queued_since", at)
        refusal: Try = {"instance_type": instance_type, "at": at, "reason": reason[:500]}
        training["tries"] = [*training.get("tries", []), refusal][-TRIES_KEPT:]

    def _started(self, run: str, training: Mapping[str, Any], number: int, job: Description) -> Result:
        facts = {
            "job": job["TrainingJobName"],
            "number": number,
            "instance_type": _instance_type(job),
            "spot": bool(job.get("EnableManagedSpotTraining", False)),
            "tries": training.get("tries", []),
        }
        if "queued_since" in training:
            facts["queued_since"] = training["queued_since"]
        if any(training.get(name) != value for name, value in facts.items()):
            self.ledger.record(run, "training", training=facts)
        return {"outcome": "started"}

    def _refused(self, spec: Mapping[str, Any], training: dict[str, Any], waited_seconds: float) -> Result:
        compute = spec["compute"]
        types: list[str] = compute["instance_types"]
        self.ledger.record(spec["run"], "training", training=training)
        pointless = is_pointless(training["tries"][-len(types) :], types)
        expired = is_expired(training["queued_since"], waited_seconds, compute["max_queue_hours"], self.now())
        return {"outcome": "refused" if pointless or expired else "no_capacity"}


def _instance_type(job: Description) -> str:
    return str(job["ResourceConfig"]["InstanceType"])
