"""Decides from a job's evaluation whether its model may go on, and leaves what it is judged by where others read it.

What a job leaves lies where it may write, and is read as data, in one version. What the later steps read and serve is
copied to where no job may write: the ledger keeps which version of the archive that is.
"""

from __future__ import annotations

from contracts import locations
from contracts.evaluation import Evaluation
from contracts.outcomes import JudgeOutcome
from contracts.run_record import RunRecord, RunStatus
from contracts.stored_version import StoredVersion
from functions.adapters.cost_book import CostBook
from functions.adapters.ledger import Ledger
from functions.adapters.run_spec import keep_spec, read_spec
from functions.adapters.storage import Storage
from functions.common.documents import CONTENT_TYPES, document_paths
from functions.common.lambda_handler import Result
from functions.costs.durations import learn_rate
from functions.judge import gate
from functions.judge.output_archive import JobOutput, OutputError, read_output


def judge(run: str, ledger: Ledger, storage: Storage, cost_book: CostBook) -> Result:
    record = ledger.get_run(run)
    ledger.record(run, RunStatus.JUDGING)
    spec = read_spec(record, storage)
    rule = spec.gate
    output = _publish_output(record, storage)
    evaluation = output.evaluation
    _record_warnings(record, evaluation, ledger)
    decision = gate.decide(evaluation, rule)
    facts = {
        "evaluation": gate.summary(evaluation, rule, decision),
        "archive": _publish_archive(record, storage),
        "kept_spec": keep_spec(spec, run, storage),
        **document_paths(run, output.documents),
    }
    _keep_seen_rows(run, storage)
    learn_rate(spec, record, evaluation, cost_book)
    if decision.outcome is JudgeOutcome.KEEP:
        # With its archive: somebody may want it live nevertheless.
        ledger.end(run, RunStatus.KEPT_BACK, **facts)
    else:
        ledger.record(run, None, **facts)
    return {"outcome": decision.outcome}


def _keep_seen_rows(run: str, storage: Storage) -> None:
    """Beside the archive, for the drops that come after this one; scripts of a drop's own have none."""
    if stored := storage.find(locations.seen_rows_key(run)):
        target = locations.kept_seen_rows_key(run)
        storage.copy(stored.key, stored.version_id, target)


def _publish_output(record: RunRecord, storage: Storage) -> JobOutput:
    """The job's output, each document also copied to its own key."""
    key = locations.output_archive_key(record.run, record.training.job)
    stored = _left_by_job(key, storage)
    with storage.open(key, stored.version_id) as archive:
        output = read_output(archive, key)
    for name, content in output.read.items():
        storage.write_json(locations.document_key(record.run, name), content)
    for name, data in output.documents.items():
        storage.put_bytes(
            locations.document_key(record.run, name), data, CONTENT_TYPES[name]
        )
    return output


def _publish_archive(record: RunRecord, storage: Storage) -> StoredVersion:
    """The job's model archive, copied to where endpoints take it from."""
    source = _left_by_job(
        locations.trained_archive_key(record.run, record.training.job), storage
    )
    target = locations.release_archive_key(record.run)
    storage.copy(source.key, source.version_id, target)
    copied = storage.find(target)
    if copied is None or copied.size != source.size:
        raise OutputError(
            f"{target}: expected a copy of {source.size:,} bytes of {source.key}; found "
            f"{f'{copied.size:,}' if copied else 'none'}. Retry the run."
        )
    return copied


def _left_by_job(key: str, storage: Storage) -> StoredVersion:
    """The version that is read from now on. Raises `OutputError`."""
    stored = storage.find(key)
    if stored is None:
        raise OutputError(
            f"{key}: expected an archive that the training job left; found none. A job that leaves files in "
            "/opt/ml/model and /opt/ml/output/data has both."
        )
    return stored


def _record_warnings(record: RunRecord, evaluation: Evaluation, ledger: Ledger) -> None:
    warnings = record.warnings or ()
    new = [warning for warning in gate.warnings(evaluation) if warning not in warnings]
    if new:
        ledger.record(record.run, warnings=[*warnings, *new])
