"""Decides from a job's evaluation whether its model may go on, and leaves the evaluation where others read it."""

from __future__ import annotations

from functions.aws import wiring
from functions.aws.ledger import Ledger
from functions.aws.storage import Storage
from functions.handlers.instrument import Event, Result, step
from functions.logic import gate
from functions.logic.output_archive import results


def judge(run: str, ledger: Ledger, storage: Storage) -> Result:
    record = ledger.known(run)
    job = record.get("training", {})["job"]
    ledger.record(run, "judging")
    key = f"models/{run}/{job}/output/output.tar.gz"
    with storage.open(key) as archive:
        found = results(archive, key)
    for name, content in found.items():
        storage.write_json(f"models/{run}/{name}", content)
    rule = gate.Gate(**storage.read_json(f"runs/{run}/spec.json")["gate"])
    if new := [each for each in gate.warnings(found["evaluation.json"]) if each not in record.get("warnings", [])]:
        ledger.record(run, warnings=[*record.get("warnings", []), *new])
    verdict = gate.judge(found["evaluation.json"], rule)
    evaluation = gate.summary(found["evaluation.json"], rule, verdict)
    if verdict.outcome == "keep":
        ledger.end(run, "kept champion", evaluation=evaluation)
    else:
        ledger.record(run, evaluation=evaluation)
    return {"outcome": verdict.outcome}


@step
def handler(event: Event) -> Result:
    return judge(event["run"], wiring.ledger(), wiring.storage())
