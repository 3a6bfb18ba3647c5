"""What the routes share that deploy a model without training: its archive, its spec, the requests to verify it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from contracts import locations
from contracts.outcomes import InspectOutcome
from contracts.run_record import DataRecord
from contracts.spec import Spec
from contracts.verification import Verification, VerifiedRow
from functions.common.drop import RECORDED_FILES
from functions.inspect.common.user_code import UserCode
from functions.inspect.preparation.base import InspectionContext, PreparedRun
from functions.inspect.preparation.model_archive import Code, write_archive
from inference.packaging import packed_names, serving_files
from tasks import TASKS

REQUEST_HOOKS = frozenset({"input_fn", "predict_fn", "transform_fn"})
"""Hooks after which a request may look otherwise than the task's."""


def serving_code(own: Mapping[str, bytes]) -> Code:
    """Traindrop's serving code, with the user's files in their places; both by their names in the archive."""
    code: dict[str, bytes | Path] = dict(serving_files())
    packed = packed_names([name.removeprefix(locations.CODE_PREFIX) for name in own])
    for name, content in own.items():
        code[
            locations.CODE_PREFIX + packed[name.removeprefix(locations.CODE_PREFIX)]
        ] = content
    return code


def upload(
    context: InspectionContext, code: Code | None, original: Path | None = None
) -> str:
    """Puts the archive where the endpoint takes it from: the original with this code, or as it is without any."""
    key = locations.release_archive_key(context.run)
    if code is None and original is not None:
        context.storage.upload_file(original, key)
        return key
    packed = context.folder / "packed.tar.gz"
    write_archive(packed, code or {}, original)
    context.storage.upload_file(packed, key)
    return key


def prepared(
    context: InspectionContext,
    spec: Spec,
    code: UserCode,
    *,
    labels: Sequence[str],
    reasons: Sequence[str],
) -> PreparedRun:
    """Everything but the archive, which is uploaded by now; leaves the requests by which the endpoint is verified.

    `spec` holds the task, and where the model comes from.
    """
    example = context.options.example
    if example is None and spec.task in TASKS and not REQUEST_HOOKS & code.hooks:
        example = {"inputs": TASKS[spec.task].example_inputs}
    rows = () if example is None else (VerifiedRow(request=example),)
    verification = Verification(tolerance=0.0, rows=rows)
    context.storage.write_json(
        locations.document_key(context.run, locations.VERIFICATION),
        verification.write(),
    )
    spec = replace(
        spec,
        labels=tuple(labels),
        archive=locations.release_archive_key(context.run),
        hooks=tuple(sorted(code.hooks)),
        example=example or None,
    )
    record = DataRecord(
        form=context.plan.form,
        files=tuple(file.name for file in context.files[:RECORDED_FILES]),
        labels=tuple(labels[:100]),
        label_count=len(labels),
        reasons=tuple(reasons),
    )
    warnings = [*code.warnings] if rows else [*code.warnings, _UNVERIFIED]
    return PreparedRun(
        InspectOutcome.DEPLOYABLE,
        context.complete(spec),
        record.write(),
        record,
        warnings,
    )


_UNVERIFIED = (
    "No request is known that this model answers, so only its health is checked: "
    "give one under `example:` in traindrop.yaml."
)
