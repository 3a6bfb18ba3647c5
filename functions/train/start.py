"""Creates a run's training job, or finds the one that an earlier try created.

Instance types are asked for in order; a job that failed for want of capacity is followed by the next one, under the
next name. A retried run takes up a job of an earlier try that runs or has completed; otherwise its next job goes on
from the checkpoints. Where every type is refused the state machine waits and asks again, until the run has waited long
enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from contracts import locations
from contracts.costs import CostEstimate
from contracts.outcomes import StartTrainingOutcome
from contracts.quotas import QuotaRefusal
from contracts.run_record import RefusedInstance, RunRecord, RunStatus, Training
from contracts.spec import Spec
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.run_spec import read_spec
from functions.adapters.sagemaker import Description, InstanceRefusedError, SageMaker
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.common.names import job_name
from functions.common.settings import Settings
from functions.common.tags import Tags, session_tags
from functions.costs.estimate import Estimator
from functions.costs.reservations import Reservations
from functions.train.endpoint_room import EndpointRoom
from functions.train.instances import (
    TRIES_KEPT,
    all_tried,
    in_order,
    is_expired,
    is_pointless,
    lost_capacity,
)
from functions.train.request import (
    ChampionArchive,
    JobEnvironment,
    champion_archive,
    training_request,
)
from functions.train.source_archive import source_archive

ROOT = Path(__file__).parents[2]
MAX_REASON_CHARACTERS = 500
CLOCK_SKEW = timedelta(minutes=5)


class OverError(RuntimeError):
    """The run has ended, or goes on elsewhere, while its job was about to be created."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"expected run {run!r} to be in progress in this execution; found that it has ended or goes on elsewhere. "
            "Nothing is to be done: a retry takes up what is there."
        )


@dataclass(frozen=True)
class Starter:
    """One run's start; every method may be repeated."""

    ledger: Ledger
    storage: Storage
    sagemaker: SageMaker
    job_creator: Callable[[Tags], SageMaker]
    """SageMaker in a session with these tags: the job's role allows what they name."""
    settings: Settings
    region: str
    estimator: Estimator
    reservations: Reservations
    endpoint_room: EndpointRoom
    root: Path = ROOT
    now: Callable[[], datetime] = utc_now

    def start(self, run: str, waited_seconds: float) -> Result:
        record = self.ledger.get_run(run)
        training, spec = record.training, read_spec(record, self.storage)
        spec = self.reservations.priced(spec, record.estimate)
        number, last = self._latest(record)
        if last is not None and not self._lost_capacity(last, training):
            return self._started(run, training, number, last)
        if last is not None:
            training = self._with_refusal(
                training, _instance_type(last), self._reason(last)
            )
            number += 1
            if self._waited_enough(spec, training, waited_seconds):
                return self._refused(spec, training, waited_seconds)
        job = job_name(self.settings.stack, run, number)
        reserved = self._reserved(record, spec, job)
        if reserved is None:
            return {"outcome": StartTrainingOutcome.REFUSED}
        spec = reserved
        created, training = self._create(
            spec, training, number, _instance_type(last) if last else None
        )
        if created is None:
            return self._refused(spec, training, waited_seconds)
        if "CreationTime" in created and self._is_of_no_use(created, record):
            # The name was taken: the job of an earlier try was not to be seen at first. Now it is.
            return self.start(run, waited_seconds)
        return self._started(run, training, number, created)

    def _reserved(self, record: RunRecord, spec: Spec, job: str) -> Spec | None:
        """The spec with the instance types to ask for; None where no quota or budget has room, which is recorded."""
        if not self._has_room(record, spec):
            return None
        estimate = self._estimate(record, spec)
        spec = self.reservations.priced(spec, estimate)
        self._require_current(record.run)
        refusal = self.reservations.reserve(record, spec, job, estimate)
        if refusal is None:
            return spec
        self.ledger.record(record.run, RunStatus.TRAINING, budget_refusal=refusal)
        return None

    def _has_room(self, record: RunRecord, spec: Spec) -> bool:
        """Whether the model can be deployed, looked at once before the first job of the present try is created."""
        if record.estimate is not None:
            return True
        shortage = self.endpoint_room.shortage(spec)
        if isinstance(shortage, QuotaRefusal):
            self.ledger.record(record.run, RunStatus.TRAINING, quota_refusal=shortage)
            return False
        warnings = record.warnings or ()
        if shortage and shortage not in warnings:
            self.ledger.record(record.run, warnings=(*warnings, shortage))
        return True

    def _estimate(self, record: RunRecord, spec: Spec) -> CostEstimate:
        """What the training is expected to cost, recorded before the first job of the present try is created."""
        if record.estimate is not None:
            return record.estimate
        made_at = self.now().isoformat(timespec="seconds")
        estimate = self.estimator.estimate(record, spec, made_at)
        self.ledger.record(record.run, estimate=estimate)
        return estimate

    def _latest(self, record: RunRecord) -> tuple[int, Description | None]:
        """The newest job of the run's present try and its number; the next free number and None where there is none."""
        number = record.training.number or 1
        last = self._job(record.run, number)
        while last is not None and self._is_of_no_use(last, record):
            number += 1
            last = self._job(record.run, number)
        while last is not None and self._lost_capacity(last, record.training):
            following = self._job(record.run, number + 1)
            if following is None:
                break
            number, last = number + 1, following
        return number, last

    def _job(self, run: str, number: int) -> Description | None:
        return self.sagemaker.job(job_name(self.settings.stack, run, number))

    def _is_of_no_use(self, job: Description, record: RunRecord) -> bool:
        """Whether an earlier try, or an earlier run of its name, made the job, and it left nothing to judge."""
        began_at = datetime.fromisoformat(record.try_began_at)
        if not record.tries:
            # Only a run of the same name in a model that was deleted can have had one before; clocks differ.
            began_at -= CLOCK_SKEW
        is_of_this_try = job["CreationTime"] >= began_at
        if is_of_this_try or job["TrainingJobStatus"] == "InProgress":
            return False
        if (job["TrainingJobStatus"], job["TrainingJobName"]) != (
            "Completed",
            record.training.job,
        ):
            return True
        output = locations.output_archive_key(record.run, record.training.job)
        return not self.storage.exists(output)

    def _lost_capacity(self, job: Description, training: Training) -> bool:
        return lost_capacity(
            job, self.settings.spot_wait_minutes, training.abandoned_jobs
        )

    def _reason(self, job: Description) -> str:
        waited = f"no spot capacity within {self.settings.spot_wait_minutes:g} minutes"
        return str(job.get("FailureReason") or waited)

    def _waited_enough(
        self, spec: Spec, training: Training, waited_seconds: float
    ) -> bool:
        """Whether every type was tried and the run has waited as long as it may."""
        limit = spec.compute.max_queue_hours
        return all_tried(training.tries, spec.compute.instance_types) and is_expired(
            training.queued_since, waited_seconds, limit, self.now()
        )

    def _create(
        self, spec: Spec, training: Training, number: int, refused: str | None
    ) -> tuple[Description | None, Training]:
        """The job on the first type that is available, or None where every type was refused; and the refusals."""
        job, environment = (
            job_name(self.settings.stack, spec.run, number),
            self._environment(spec),
        )
        types = spec.compute.instance_types
        compared = environment.champion
        champion = compared.run if compared and compared.archive else None
        creator = self.job_creator(session_tags(spec.run, job, champion))
        if self.settings.on_demand_fallback and all_tried(training.tries, types):
            spec = replace(spec, compute=replace(spec.compute, spot=False))
        for instance_type in in_order(types, refused):
            request = training_request(spec, environment, job, instance_type)
            self._require_current(spec.run)
            try:
                creator.create_job(request)
            except InstanceRefusedError as refusal:
                training = self._with_refusal(training, instance_type, str(refusal))
            else:
                self._stop_if_over(spec.run, job)
                return self.sagemaker.job(job) or request, training
        return None, training

    def _require_current(self, run: str) -> None:
        if not self.ledger.is_current(run):
            raise OverError(run)

    def _stop_if_over(self, run: str, job: str) -> None:
        """Who has ended the run meanwhile could stop no job that was not there yet; a retry of the run takes it up."""
        if self.ledger.is_current(run):
            return
        if not self.ledger.get_run(run).is_in_progress:
            self.sagemaker.stop_job(job)
        raise OverError(run)

    def _environment(self, spec: Spec) -> JobEnvironment:
        archive = source_archive(self.root)
        if not self.storage.exists(archive.key):
            self.storage.put_bytes(archive.key, archive.data)
        return JobEnvironment(
            stack=self.settings.stack,
            bucket=self.settings.data_bucket,
            region=self.region,
            role_arn=self.settings.execution_role_arn,
            image=self.settings.training_image,
            source=archive.key,
            base_model=self._mirror(spec.base_model),
            hub_endpoint=self.settings.own_hub,
            champion=self._champion(spec),
        )

    def _mirror(self, base_model: str) -> str | None:
        """The key prefix of the base model's copy in the bucket, if there is one."""
        mirror = locations.mirror_prefix(base_model)
        is_there = base_model and self.storage.exists(
            f"{mirror}{locations.MODEL_CONFIG}"
        )
        return mirror if is_there else None

    def _champion(self, spec: Spec) -> ChampionArchive | None:
        """The live model that the new one is compared with, or why it cannot be."""
        model = self.ledger.find_model(spec.model)
        record = (
            self.ledger.find_run(model.champion) if model and model.champion else None
        )
        champion = champion_archive(record, spec)
        if record and champion and champion.archive:
            reason = self._unusable(record, champion.archive)
            return ChampionArchive(champion.run, reason=reason) if reason else champion
        return champion

    def _unusable(self, champion: RunRecord, archive: str) -> str:
        """Why the live model's archive cannot be compared with; empty where it can."""
        current = self.storage.find(archive)
        if current is None:
            return "its archive is no longer there"
        return (
            ""
            if current == champion.archive
            else "its archive is not the one that was released"
        )

    def _with_refusal(
        self, training: Training, instance_type: str, reason: str
    ) -> Training:
        refused_at = self.now().isoformat(timespec="seconds")
        refusal = RefusedInstance(
            instance_type=instance_type,
            at=refused_at,
            reason=reason[:MAX_REASON_CHARACTERS],
        )
        tries = (*(training.tries or ()), refusal)[-TRIES_KEPT:]
        return replace(
            training, queued_since=training.queued_since or refused_at, tries=tries
        )

    def _started(
        self, run: str, training: Training, number: int, job: Description
    ) -> Result:
        started = Training(
            job=job["TrainingJobName"],
            number=number,
            instance_type=_instance_type(job),
            spot=bool(job.get("EnableManagedSpotTraining", False)),
            tries=training.tries or (),
            queued_since=training.queued_since,
        )
        if not _is_recorded(started, training):
            self.ledger.record(run, RunStatus.TRAINING, training=started)
        return {"outcome": StartTrainingOutcome.STARTED}

    def _refused(self, spec: Spec, training: Training, waited_seconds: float) -> Result:
        compute = spec.compute
        self.ledger.record(spec.run, RunStatus.TRAINING, training=training)
        latest = (training.tries or ())[-len(compute.instance_types) :]
        pointless = is_pointless(latest, compute.instance_types)
        expired = is_expired(
            training.queued_since, waited_seconds, compute.max_queue_hours, self.now()
        )
        return {
            "outcome": StartTrainingOutcome.REFUSED
            if pointless or expired
            else StartTrainingOutcome.NO_CAPACITY
        }


def _is_recorded(started: Training, recorded: Training) -> bool:
    """Whether the record already says all this; what the job has reported since does not matter."""
    content = recorded.write()
    return all(content.get(name) == value for name, value in started.write().items())


def _instance_type(job: Description) -> str:
    return str(job["ResourceConfig"]["InstanceType"])
