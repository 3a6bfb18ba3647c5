"""Puts a run behind an endpoint, in two stages: beside the release that serves, then in its place.

- `candidate`: makes the run's endpoint config, and from it an endpoint of its own, the candidate, that Verify alone
  asks. A model that is not live has no callers, and the API lets none through before the run is promoted: there the
  model's endpoint is made at once, and no candidate.
- `stable`: what was verified goes to the model's endpoint, under its stable name, from the same config. The candidate
  is deleted first, so that the account never needs more than an update takes.

An endpoint that can serve nothing is deleted first. While that lasts, and while the endpoint is changing, the outcome
is `busy`: the state machine waits, for hours if need be. Updates are SageMaker's blue/green: the old config serves
until the new one is healthy. Where the mode says so, requests then go over step by step, watched by alarms that are
made before and gone after. Only from instances to serverless, and to async or from it, there is no update: that
endpoint is deleted and created, and answers nothing meanwhile; a warning of the run says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.answering_run import SHARED_VARIANT
from contracts.deployment_record import CandidateEndpoint, DeploymentRecord
from contracts.outcomes import DeployOutcome, DeployStage
from contracts.run_record import RunRecord, RunStatus
from contracts.spec import Deployment
from functions.adapters.alarms import Alarms
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.run_spec import read_spec
from functions.adapters.sagemaker import Description, EndpointBusyError, SageMaker
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.common.names import candidate_name, resource_name
from functions.common.tags import tags
from functions.common.traffic import alarms_of, shift_of
from functions.common.unknown import not_seen
from functions.deploy.requests import (
    config_request,
    deploy_action,
    deployment_record,
    shift_refusal,
)

REPLACED = (
    "The endpoint was deleted and created anew, and gave no answers meanwhile: SageMaker does not turn an endpoint on "
    "instances into a serverless one, and Traindrop turns none into an async one or back."
)
"""A warning of the run."""


@dataclass(frozen=True)
class Deployer:
    """Every stage may be repeated. The methods raise `EndpointBusyError` for what cannot be changed at this moment."""

    ledger: Ledger
    storage: Storage
    sagemaker: SageMaker
    stack: str
    alarms: Callable[[], Alarms]
    now: Callable[[], datetime] = utc_now

    def deploy(self, run: str, stage: DeployStage) -> Result:
        record = self.ledger.get_run(run)
        try:
            if stage is DeployStage.CANDIDATE:
                return {"outcome": self._deploy_for_verification(record)}
            return {"outcome": self._switch(record)}
        except EndpointBusyError as error:
            return not_seen(DeployOutcome.BUSY, error)

    def _deploy_for_verification(self, record: RunRecord) -> DeployOutcome:
        wanted = read_spec(record, self.storage).deployment
        config = resource_name(self.stack, record.run)
        description = self._make_config(config, record, wanted)
        deployment = record.deployment
        if not deployment.config:
            endpoint = resource_name(self.stack, record.model)
            deployment = deployment_record(endpoint, config, wanted)
        if self._is_served_beside(record):
            self._create_candidate(record, deployment)
        else:
            self._serve(record, deployment, description)
        return DeployOutcome.DEPLOYING

    def _switch(self, record: RunRecord) -> DeployOutcome:
        deployment = record.deployment
        if deployment.candidate is None:
            return DeployOutcome.IN_PLACE
        self._remove_candidate(record, deployment.candidate.endpoint)
        description = self.sagemaker.config(deployment.config)
        if description is None:
            raise _invisible(deployment.config)
        self._serve(record, deployment, description)
        return DeployOutcome.DEPLOYING

    def _is_served_beside(self, record: RunRecord) -> bool:
        """Whether the model's endpoint may have callers. A deployment keeps the way in which it started."""
        if record.deployment.candidate or record.deployment.started_at:
            return record.deployment.candidate is not None
        model = self.ledger.find_model(record.model)
        return model is not None and bool(model.champion)

    def _make_config(
        self, name: str, record: RunRecord, wanted: Deployment
    ) -> Description:
        """Endpoints see a fresh config only after a moment; a description that answers is the sign."""
        owner = tags(self.stack, record.model, record.run)
        description = self.sagemaker.config(name)
        if description is None:
            request = config_request(name, record.run, wanted, owner, self.storage.uri)
            self.sagemaker.create_config(request)
            description = self.sagemaker.config(name)
        else:
            self.sagemaker.check_owner("endpoint-config", name, owner)
        if description is None:
            raise _invisible(name)
        return description

    # ---- the candidate

    def _create_candidate(
        self, record: RunRecord, deployment: DeploymentRecord
    ) -> None:
        name = candidate_name(self.stack, record.run)
        owner = tags(self.stack, record.model, record.run)
        started_at = self._stamp()
        if self.sagemaker.endpoint(name) is None:
            self.sagemaker.create_endpoint(name, deployment.config, owner)
        else:
            self.sagemaker.check_owner("endpoint", name, owner)
        if deployment.candidate is None:
            candidate = CandidateEndpoint(name, started_at)
            self.ledger.record(
                record.run,
                RunStatus.DEPLOYING,
                deployment=replace(deployment, candidate=candidate),
            )

    def _remove_candidate(self, record: RunRecord, name: str) -> None:
        description = self.sagemaker.endpoint(name)
        if description is None:
            return
        if description["EndpointStatus"] != "Deleting":
            owner = tags(self.stack, record.model, record.run)
            self.sagemaker.delete("endpoint", name, owner)
        raise EndpointBusyError(
            f"the endpoint {name!r} has been verified and is being deleted"
        )

    # ---- the model's endpoint

    def _serve(
        self, record: RunRecord, deployment: DeploymentRecord, config: Description
    ) -> None:
        """`config` is DescribeEndpointConfig's answer."""
        was_requested = bool(deployment.started_at)
        started_at = self._stamp()
        # A run that was verified stays in that status until it is live.
        status = None if deployment.candidate else RunStatus.DEPLOYING
        description = self.sagemaker.endpoint(deployment.endpoint)
        action = deploy_action(description, config, was_requested=was_requested)
        traffic = None
        if action == "replace":
            self._warn(record, REPLACED)
        elif action == "update" and description and deployment.candidate:
            traffic = self._watched_traffic(record, description, config)
        self._carry_out(action, record.model, deployment, traffic)
        if not was_requested:
            requested = replace(deployment, started_at=started_at)
            self.ledger.record(record.run, status, deployment=requested)

    def _watched_traffic(
        self, record: RunRecord, endpoint: Description, config: Description
    ) -> dict[str, object] | None:
        """The update's `DeploymentConfig`, with the alarms made that it names; None where all goes at once."""
        deployment = record.deployment
        shift = shift_of(deployment)
        if shift is None:
            return None
        if refusal := shift_refusal(endpoint, config):
            self._warn(record, refusal)
            return None
        for alarm in alarms_of(deployment):
            self.alarms().put(alarm, deployment.endpoint, SHARED_VARIANT)
        return shift.config(deployment.config)

    def _warn(self, record: RunRecord, warning: str) -> None:
        warnings = record.warnings or ()
        if warning not in warnings:
            self.ledger.record(record.run, None, warnings=[*warnings, warning])

    def _carry_out(
        self,
        action: str,
        model: str,
        deployment: DeploymentRecord,
        traffic: dict[str, object] | None,
    ) -> None:
        endpoint, owner = deployment.endpoint, tags(self.stack, model)
        if action == "create":
            self.sagemaker.create_endpoint(endpoint, deployment.config, owner)
        elif action == "update":
            self.sagemaker.update_endpoint(endpoint, deployment.config, owner, traffic)
        elif action in {"delete", "replace"}:
            self.sagemaker.delete("endpoint", endpoint, owner)
            reason = "had failed" if action == "delete" else "runs on instances"
            raise EndpointBusyError(
                f"the endpoint {endpoint!r} {reason} and is being deleted"
            )
        elif action == "wait":
            raise EndpointBusyError(
                f"the endpoint {endpoint!r} is changing at this moment"
            )

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds")


def _invisible(config: str) -> EndpointBusyError:
    return EndpointBusyError(f"the endpoint config {config!r} is not visible yet")
