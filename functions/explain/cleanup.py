"""Removes what a failed run made. Every action is tried whatever became of the others; what stays is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from contracts.run_record import RunRecord, RunStatus
from functions.adapters.alarms import Alarms
from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import ForeignResourceError, SageMaker
from functions.common.endpoint_state import CHANGING, DEAD, configs_of, must_be_replaced
from functions.common.lambda_handler import logger
from functions.common.names import candidate_name, job_name, resource_name
from functions.common.tags import tags
from functions.common.traffic import alarm_names

EndpointAction = Literal["nothing", "restore", "delete", "recreate", "replace", "wait"]
"""restore: update it to the champion's config; recreate: it is gone, make it with that config; replace: it is dead,
or on instances and the champion serverless: delete it so that it can be recreated; wait: it cannot be changed at this
moment."""


def endpoint_action(
    endpoint: Mapping[str, Any] | None,
    config: str,
    champion_config: str | None,
    had_deployed: bool,
) -> EndpointAction:
    """`config` is the failed run's; `had_deployed` whether it had come as far as touching the endpoint."""
    if endpoint is None:
        return "recreate" if champion_config and had_deployed else "nothing"
    status = endpoint["EndpointStatus"]
    if status == "Deleting":
        return "wait" if champion_config and had_deployed else "nothing"
    if config not in configs_of(endpoint):
        return "nothing"
    if status in CHANGING:
        return "wait"
    if not champion_config:
        return "delete"
    return "replace" if status in DEAD else "restore"


def frees_config(action: EndpointAction) -> bool:
    """Whether nothing needs the failed run's config and model once the action was taken."""
    return action in {"nothing", "delete", "recreate", "replace"}


class StillThereError(RuntimeError):
    """Something cannot be removed at this moment; the text says why."""


@dataclass(frozen=True)
class Cleaner:
    """Archives in S3 are kept: a model that could not be deployed was still paid for."""

    ledger: Ledger
    sagemaker: SageMaker
    stack: str
    alarms: Callable[[], Alarms]

    def clean(self, record: RunRecord) -> list[str]:
        """Returns what is left, as `<what>: <why>`; repeating it goes on where it stopped."""
        config = resource_name(self.stack, record.run)
        owner = tags(self.stack, record.model)
        left: list[str] = []
        for job in self._jobs(record):
            left += self._try(
                f"training job {job}", partial(self.sagemaker.stop_job, job)
            )
        endpoints_left = self._try(
            f"candidate endpoint of {record.run}",
            partial(self.remove_candidate, record),
        ) + self._try(
            f"endpoint of {record.model}",
            partial(self._settle_endpoint, record, config),
        )
        if endpoints_left:
            return left + endpoints_left
        if watching := alarm_names(record.deployment):
            left += self._try(
                f"alarms {config}-*", lambda: self.alarms().delete(watching)
            )
        left += self._try(
            f"endpoint config {config}",
            partial(self.sagemaker.delete, "endpoint-config", config, owner),
        )
        return left + self._try(
            f"model {config}", partial(self.sagemaker.delete, "model", config, owner)
        )

    def _jobs(self, record: RunRecord) -> Iterator[str]:
        """The run's job, and the one that was perhaps created but not recorded."""
        number = record.training.number or 1
        yield from (job_name(self.stack, record.run, n) for n in (number, number + 1))

    @staticmethod
    def _try(what: str, action: Callable[[], object]) -> list[str]:
        try:
            action()
        except ForeignResourceError:
            # The run made nothing of this name, so there is nothing of it to remove.
            logger.warning("not removed, for it is another's", extra={"what": what})
        except Exception as error:
            logger.warning(
                "not removed", extra={"what": what, "error": type(error).__name__}
            )
            return [f"{what}: {error}"]
        return []

    def remove_candidate(self, record: RunRecord) -> bool:
        """It served nobody, so nothing is put back; False where there is none, or not for long."""
        name = candidate_name(self.stack, record.run)
        description = self.sagemaker.endpoint(name)
        if description is None or description["EndpointStatus"] == "Deleting":
            return False
        owner = tags(self.stack, record.model, record.run)
        self.sagemaker.delete("endpoint", name, owner)
        return True

    def _settle_endpoint(self, record: RunRecord, config: str) -> None:
        """Puts the endpoint back on the champion's config, or deletes it where there is none."""
        endpoint = resource_name(self.stack, record.model)
        champion = self._champion_config(record)
        description = self.sagemaker.endpoint(endpoint)
        action = endpoint_action(description, config, champion, _has_deployed(record))
        if action == "restore" and self._must_be_replaced(description, champion):
            action = "replace"
        self._settle(action, endpoint, champion or "", record.model)
        if not frees_config(action):
            raise StillThereError(
                f"{endpoint} is {'being put back' if action == 'restore' else 'changing'}"
            )
        if action == "replace":
            raise StillThereError(
                f"{endpoint} is being deleted, to be made again with the champion"
            )

    def _must_be_replaced(
        self, endpoint: Mapping[str, Any] | None, champion: str | None
    ) -> bool:
        config = self.sagemaker.config(champion) if champion else None
        return endpoint is not None and must_be_replaced(endpoint, config)

    def _settle(
        self, action: EndpointAction, endpoint: str, champion: str, model: str
    ) -> None:
        owner = tags(self.stack, model)
        if action == "restore":
            self.sagemaker.update_endpoint(endpoint, champion, owner)
        elif action in {"delete", "replace"}:
            self.sagemaker.delete("endpoint", endpoint, owner)
        elif action == "recreate":
            self.sagemaker.create_endpoint(endpoint, champion, owner)

    def _champion_config(self, record: RunRecord) -> str | None:
        model = self.ledger.find_model(record.model)
        champion = model.champion if model else None
        return (
            resource_name(self.stack, champion)
            if champion and champion != record.run
            else None
        )


def _has_deployed(record: RunRecord) -> bool:
    return any(step.step == RunStatus.DEPLOYING for step in record.steps)
