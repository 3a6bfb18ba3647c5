"""What the routes share that deploy a model without training: its archive, its spec, the requests to verify it by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from functions.common.drop import RECORDED_FILES
from functions.inspect.model_archive import Code, write_archive
from functions.inspect.preparation.base import InspectionContext, PreparedRun
from functions.inspect.resolved_spec import SpecFields
from functions.inspect.user_code import UserCode
from inference.packaging import serving_files
from tasks import TASKS

ASKS = frozenset({"input_fn", "predict_fn", "transform_fn"})
"""Hooks after which a request may look otherwise than the task's."""


def archive_key(run: str) -> str:
    return f"models/{run}/model.tar.gz"


def serving_code(own: Mapping[str, bytes]) -> Code:
    """Traindrop's serving code, with the user's files in their places."""
    return {**dict(serving_files()), **own}


def upload(context: InspectionContext, code: Code | None, original: Path | None = None) -> str:
    """Puts the archive where the endpoint takes it from: the original with this code, or as it is without any."""
    key = archive_key(context.run)
    if code is None and original is not None:
        context.storage.upload_file(original, key)
        return key
    packed = context.folder / "packed.tar.gz"
    write_archive(packed, code or {}, original)
    context.storage.upload_file(packed, key)
    return key


def prepared(
    context: InspectionContext,
    task: str,
    code: UserCode,
    *,
    labels: list[str],
    reasons: list[str],
    more: Mapping[str, Any],
) -> PreparedRun:
    """Everything but the archive, which is uploaded by now; leaves the requests by which the endpoint is verified."""
    example = context.options.example
    if example is None and task in TASKS and not ASKS & code.hooks:
        example = {"inputs": TASKS[task].example_inputs}
    rows = [] if example is None else [{"request": example}]
    context.storage.write_json(f"models/{context.run}/verification.json", {"tolerance": 0.0, "rows": rows})
    facts = {"hooks": sorted(code.hooks)} if code.hooks else {}
    found = SpecFields(
        task=task,
        labels=labels,
        data={"rows": {}},
        more={"archive": archive_key(context.run), **facts, **({"example": example} if example else {}), **more},
    )
    record: dict[str, Any] = {
        "form": context.plan.form,
        "files": [file.name for file in context.files[:RECORDED_FILES]],
        "labels": labels[:100],
        "label_count": len(labels),
        "reasons": reasons,
    }
    warnings = [] if rows else [_UNVERIFIED]
    return PreparedRun("deployable", context.spec(found), record, record, [*code.warnings, *warnings])


_UNVERIFIED = (
    "No request is known that this model answers, so only its health is checked: "
    "give one under `example:` in traindrop.yaml."
)
