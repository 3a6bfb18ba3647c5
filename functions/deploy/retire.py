"""Removes a model's endpoint configs and SageMaker models that nothing uses any more."""

from __future__ import annotations

from contracts.outcomes import RetireOutcome
from functions.adapters.ledger import Ledger
from functions.adapters.sagemaker import SageMaker
from functions.common.endpoint_state import configs_of
from functions.common.lambda_handler import Result
from functions.common.names import resource_name, run_prefix
from functions.common.tags import TaggedResource, removable, tags


def retire(run: str, ledger: Ledger, sagemaker: SageMaker, stack: str) -> Result:
    removed = remove_unused(ledger.get_run(run).model, ledger, sagemaker, stack)
    return {"outcome": RetireOutcome.RETIRED, "removed": len(removed)}


def remove_unused(
    model: str, ledger: Ledger, sagemaker: SageMaker, stack: str
) -> list[TaggedResource]:
    """Removes what neither the model's endpoint nor a run that is live or in progress needs.

    The ledger is read after the list: whatever is in the list was made by a run that the ledger knew by then.
    """
    prefix, owner = run_prefix(stack, model), tags(stack, model)
    owned = [
        item
        for kind in ("endpoint-config", "model")
        for item in sagemaker.owned(kind, prefix, owner)
    ]
    record = ledger.find_model(model)
    if record is None:
        return []
    used = configs_of(sagemaker.endpoint(resource_name(stack, model)))
    kept_runs = {run for run in (record.champion, record.active_run) if run}
    unused = removable(owned, used, kept_runs)
    for item in unused:
        sagemaker.delete_owned(item)
    return unused
