"""Deletes a model's endpoint on purpose, with everything behind it."""

from __future__ import annotations

from contracts.model_record import ModelRecord
from contracts.run_record import RunStatus
from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import (
    EndpointBusyError,
    ForeignResourceError,
    SageMaker,
)
from functions.api.errors import ApiError
from functions.common.tags import tags
from functions.deploy.retire import remove_unused

_DEPLOYING = frozenset({RunStatus.DEPLOYING, RunStatus.VERIFYING})


def delete_endpoint(
    model: ModelRecord, ledger: Ledger, sagemaker: SageMaker, stack: str
) -> list[str]:
    """Returns what was removed, as `<kind> <name>`; raises a 409 while a run is deploying to the endpoint."""
    _refuse_while_deploying(model, ledger)
    try:
        owner = tags(stack, model.model)
        gone = sagemaker.delete("endpoint", model.endpoint, owner)
    except EndpointBusyError as error:
        message = f"The endpoint of {model.model!r} is changing at this moment. Ask again in a minute."
        raise ApiError(409, "endpoint_busy", message, retry_after=60) from error
    except ForeignResourceError as error:
        raise ApiError(409, "endpoint_of_another", f"{error}") from error
    ledger.retire_champion(model.model)
    unused = remove_unused(model.model, ledger, sagemaker, stack)
    return ([f"endpoint {model.endpoint}"] if gone else []) + [
        f"{item.kind} {item.name}" for item in unused
    ]


def require_gone(model: ModelRecord, sagemaker: SageMaker) -> None:
    """Raises a 409 while SageMaker still deletes the endpoint: until then its containers may write into its logs."""
    if sagemaker.endpoint(model.endpoint):
        message = f"The endpoint of {model.model!r} is being deleted. Ask again in a minute to delete the rest."
        raise ApiError(409, "endpoint_busy", message, retry_after=60)


def _refuse_while_deploying(model: ModelRecord, ledger: Ledger) -> None:
    run = ledger.find_run(model.active_run) if model.active_run else None
    if run and run.status in _DEPLOYING:
        message = (
            f"The run {run.run} is {run.status} on the endpoint of {model.model!r}. Wait until it has ended: "
            f"GET /runs/{run.run}."
        )
        raise ApiError(409, "run_deploying", message, run=run.run, status=run.status)
