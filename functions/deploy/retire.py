"""Removes a model's endpoint configs and SageMaker models that nothing uses any more."""

from __future__ import annotations

from contracts.outcomes import RetireOutcome
from contracts.run_record import ModelRecord
from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import SageMaker
from functions.common.endpoint_state import configs_of
from functions.common.lambda_handler import Result
from functions.common.names import resource_name, run_prefix
from functions.common.tags import TaggedResource, removable, tags


def retire(run: str, ledger: Ledger, sagemaker: SageMaker, stack: str) -> Result:
    model = ledger.get_run(run).model
    record = ledger.find_model(model)
    removed = remove_unused(record, sagemaker, stack) if record else []
    return {"outcome": RetireOutcome.RETIRED, "removed": len(removed)}


def remove_unused(
    model: ModelRecord, sagemaker: SageMaker, stack: str
) -> list[TaggedResource]:
    """Removes what neither the model's endpoint nor a run that is live or in progress needs."""
    used = configs_of(sagemaker.endpoint(resource_name(stack, model.model)))
    kept_runs = {run for run in (model.champion, model.active_run) if run}
    prefix, owner = run_prefix(stack, model.model), tags(stack, model.model)
    owned = [
        item
        for kind in ("endpoint-config", "model")
        for item in sagemaker.owned(kind, prefix, owner)
    ]
    unused = removable(owned, used, kept_runs)
    for item in unused:
        sagemaker.delete_owned(item)
    return unused
