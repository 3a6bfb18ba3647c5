"""Decides from a job's evaluation whether its model may go on, and leaves what it is judged by where others read it."""

from __future__ import annotations

from contracts import locations
from contracts.evaluation import Evaluation
from contracts.outcomes import JudgeOutcome
from contracts.run_record import RunRecord, RunStatus
from contracts.spec import Spec
from functions.adapters.ledger import Ledger
from functions.adapters.storage import Storage
from functions.common.documents import CONTENT_TYPES, document_paths
from functions.common.lambda_handler import Result
from functions.judge import gate
from functions.judge.output_archive import JobOutput, read_output


def judge(run: str, ledger: Ledger, storage: Storage) -> Result:
    record = ledger.get_run(run)
    ledger.record(run, RunStatus.JUDGING)
    output = _publish_output(record, storage)
    evaluation, rule = (
        output.evaluation,
        storage.read_document(locations.spec_key(run), Spec).gate,
    )
    _record_warnings(record, evaluation, ledger)
    decision = gate.decide(evaluation, rule)
    summary, paths = (
        gate.summary(evaluation, rule, decision),
        document_paths(run, output.documents),
    )
    if decision.outcome is JudgeOutcome.KEEP:
        ledger.end(run, RunStatus.KEPT_BACK, evaluation=summary, **paths)
    else:
        ledger.record(run, None, evaluation=summary, **paths)
    return {"outcome": decision.outcome}


def _publish_output(record: RunRecord, storage: Storage) -> JobOutput:
    """The job's output, each document also copied to its own key."""
    key = locations.output_archive_key(record.run, record.training.job)
    with storage.open(key) as archive:
        output = read_output(archive, key)
    for name, content in output.read.items():
        storage.write_json(locations.document_key(record.run, name), content)
    for name, data in output.documents.items():
        storage.put_bytes(
            locations.document_key(record.run, name), data, CONTENT_TYPES[name]
        )
    return output


def _record_warnings(record: RunRecord, evaluation: Evaluation, ledger: Ledger) -> None:
    warnings = record.warnings or ()
    new = [warning for warning in gate.warnings(evaluation) if warning not in warnings]
    if new:
        ledger.record(record.run, warnings=[*warnings, *new])
