"""Decides from a job's evaluation whether its model may go on, and leaves what it is judged by where others read it."""

from __future__ import annotations

from typing import Any

from functions.adapters.ledger import Ledger
from functions.adapters.storage import Storage
from functions.common.documents import CONTENT_TYPES, document_paths
from functions.common.lambda_handler import Result
from functions.judge import gate
from functions.judge.output_archive import results


def judge(run: str, ledger: Ledger, storage: Storage) -> Result:
    record = ledger.get_run(run)
    job = record.get("training", {})["job"]
    ledger.record(run, "judging")
    key = f"models/{run}/{job}/output/output.tar.gz"
    with storage.open(key) as archive:
        found = results(archive, key)
    for name, content in found.read.items():
        storage.write_json(f"models/{run}/{name}", content)
    for name, data in found.documents.items():
        storage.put_bytes(f"models/{run}/{name}", data, CONTENT_TYPES[name])
    rule = gate.Gate(**storage.read_json(f"runs/{run}/spec.json")["gate"])
    if new := [each for each in gate.warnings(found.read["evaluation.json"]) if each not in record.get("warnings", [])]:
        ledger.record(run, warnings=[*record.get("warnings", []), *new])
    verdict = gate.judge(found.read["evaluation.json"], rule)
    facts: dict[str, Any] = {"evaluation": gate.summary(found.read["evaluation.json"], rule, verdict)}
    facts |= document_paths(run, found.documents)
    if verdict.outcome == "keep":
        ledger.end(run, "kept champion", **facts)
    else:
        ledger.record(run, **facts)
    return {"outcome": verdict.outcome}
