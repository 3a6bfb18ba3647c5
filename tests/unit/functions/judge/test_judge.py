from __future__ import annotations

import io
import json
import re
import tarfile
from typing import Any

import pytest

from contracts.evaluation import Evaluation
from contracts.spec import Gate
from functions.judge import gate
from functions.judge.judge import judge
from functions.judge.output_archive import DOCUMENT_BYTES, OutputError, read_output
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage
from tests.unit.functions.specs import RUN, evaluation, evaluation_object, spec

GATE = Gate(metric="accuracy")
OUTPUT = f"models/{RUN}/j/output/output.tar.gz"
FILES = {"page": "report.html", "card": "README.md"}


def archive(prefix: str = "", **files: Any) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info = tarfile.TarInfo(prefix + FILES.get(name, f"{name}.json"))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


@pytest.fixture
def trained(ledger: MemoryLedger, storage: MemoryStorage) -> MemoryStorage:
    ledger.add(RUN, status="training", training={"job": "j"})
    storage.objects[OUTPUT] = archive(
        "./", evaluation=evaluation(), verification={"tolerance": 0.02, "rows": []}
    )
    return storage


def test_a_better_model_is_promoted_and_its_evaluation_left_for_others(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    assert judge(RUN, ledger, trained) == {"outcome": "promote"}
    assert ledger.get_run(RUN).write()["status"] == "judging"
    assert trained.read_json(f"models/{RUN}/evaluation.json") == evaluation()
    assert trained.read_json(f"models/{RUN}/verification.json") == {"tolerance": 0.02, "rows": []}


def test_documents_are_left_beside_the_evaluation_and_named_in_the_record(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    page, card = "<!doctype html>größe".encode(), b"---\n"
    trained.objects[OUTPUT] = archive(
        "./", page=page, card=card, evaluation=evaluation(), verification={}
    )
    judge(RUN, ledger, trained)
    run = ledger.get_run(RUN)
    assert (run.report, run.card) == (f"/runs/{RUN}/report", f"/runs/{RUN}/card")
    assert trained.objects[f"models/{RUN}/report.html"] == page
    assert trained.objects[f"models/{RUN}/README.md"] == card
    assert trained.content_types[f"models/{RUN}/report.html"] == "text/html; charset=utf-8"


def test_a_run_that_keeps_its_champion_has_its_report_too(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        evaluation=evaluation(0.5, 0.5), verification={}, page=b"<html>"
    )
    assert judge(RUN, ledger, trained) == {"outcome": "keep"}
    assert ledger.get_run(RUN).write()["report"] == f"/runs/{RUN}/report"
    assert ledger.get_run(RUN).card is None


def test_a_document_that_the_api_cannot_pass_on_is_left_where_it_is(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        page=b"x" * (DOCUMENT_BYTES + 1), evaluation=evaluation(), verification={}
    )
    assert judge(RUN, ledger, trained) == {"outcome": "promote"}
    assert ledger.get_run(RUN).report is None
    assert f"models/{RUN}/report.html" not in trained.objects


def test_the_record_keeps_the_numbers_but_no_confusion_matrix(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    judge(RUN, ledger, trained)
    kept = ledger.get_run(RUN).write()["evaluation"]
    assert (kept["metric"], kept["model"]["accuracy"], kept["labels"]) == (
        "accuracy",
        0.8,
        ["negative", "positive"],
    )
    assert kept["reasons"] == [
        "accuracy 0.8000 on 1,200 held-out rows beats 0.5000 of the trivial baseline (most frequent label)."
    ]
    assert "confusion" not in kept


def test_a_model_no_better_than_the_trivial_baseline_ends_the_run(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(evaluation=evaluation(0.5, 0.5), verification={})
    assert judge(RUN, ledger, trained) == {"outcome": "keep"}
    assert judge(RUN, ledger, trained) == {"outcome": "keep"}
    run, model = ledger.get_run(RUN), ledger.find_model("reviews")
    assert run.status == "kept champion"
    assert "does not beat 0.5000" in run.write()["evaluation"]["reasons"][0]
    assert model is not None
    assert model.active_run is None


def test_the_gate_asks_for_more_than_its_gain() -> None:
    strict = Gate(metric="accuracy", min_gain=0.3)
    assert gate.decide(evaluation_object(0.8, 0.5), strict).outcome == "keep"
    verdict = gate.decide(evaluation_object(0.81, 0.5), strict)
    assert verdict.outcome == "promote"
    assert verdict.reasons[0].endswith("by more than 0.3.")


def test_a_metric_that_is_not_a_number_does_not_beat_anything() -> None:
    assert gate.decide(evaluation_object(float("nan")), GATE).outcome == "keep"


def test_a_metric_that_was_not_reported_is_named() -> None:
    expected = "expected the metric 'f1' of the model; found accuracy, macro_f1."
    with pytest.raises(gate.EvaluationError, match=re.escape(expected)):
        gate.decide(evaluation_object(), Gate(metric="f1"))


def test_labels_are_kept_up_to_a_limit() -> None:
    many = evaluation_object(labels=[str(i) for i in range(1000)])
    kept = gate.summary(many, GATE, gate.decide(many, GATE))
    assert (len(kept.labels), kept.label_count) == (gate.MAX_LABELS, 1000)


def test_results_missing_from_the_output_are_named() -> None:
    expected = "key: expected verification.json, written by the training job; found none"
    with pytest.raises(OutputError, match=re.escape(expected)):
        read_output(io.BytesIO(archive(evaluation=evaluation())), "key")


@pytest.mark.parametrize(
    "data",
    [b"", b"not a tar", archive(evaluation={})[:40]],
    ids=["empty", "no archive", "cut off"],
)
def test_a_broken_output_is_said_to_be_one(data: bytes) -> None:
    with pytest.raises(OutputError, match="key: expected"):
        read_output(io.BytesIO(data), "key")


def test_the_gates_metric_comes_from_the_spec(trained: MemoryStorage, ledger: MemoryLedger) -> None:
    trained.write_json(f"runs/{RUN}/spec.json", spec(gate={"metric": "macro_f1", "min_gain": 0.6}))
    assert judge(RUN, ledger, trained) == {"outcome": "keep"}


SCRIPTS = {
    "task": "",
    "variant": "",
    "metric": "",
    "rows": 0,
    "model": {},
    "baselines": {},
    "champion": None,
    "training": {},
}


def test_a_model_of_a_users_own_script_is_promoted_without_a_contest(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        evaluation=SCRIPTS, verification={"tolerance": 0.02, "rows": []}
    )
    trained.write_json(
        f"runs/{RUN}/spec.json", spec(script=True, gate={"metric": "", "min_gain": 0.0})
    )
    assert judge(RUN, ledger, trained) == {"outcome": "promote"}
    kept = ledger.get_run(RUN).write()["evaluation"]
    assert kept["reasons"] == [
        "code/train.py trained it: there is no baseline of Traindrop's to compare it with."
    ]
    assert (kept["model"], kept["baselines"], kept["label_count"]) == ({}, {}, 0)


def test_a_training_that_needed_smaller_batches_is_a_warning_in_the_record_once(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    ledger.record(RUN, warnings=["Two rows are alike."])
    training = {
        "rows": 80,
        "batch": 16,
        "accumulation": 2,
        "retried": "out of memory at batch 32",
        "eval_batch": 8,
    }
    trained.objects[OUTPUT] = archive(evaluation=evaluation(training=training), verification={})
    for _ in range(2):
        assert judge(RUN, ledger, trained) == {"outcome": "promote"}
    assert ledger.get_run(RUN).write().get("warnings") == [
        "Two rows are alike.",
        "The training ran out of memory at batch 32 and was done once more with train_batch_size 16, "
        "gradient_accumulation_steps 2 and eval_batch_size 8. Set these in traindrop.yaml to save the first attempt, "
        "or name an instance type with more memory.",
    ]
    assert ledger.get_run(RUN).write()["evaluation"]["training"] == training


def contest(
    model: float, champion: float, low: float, high: float, metric: str = "accuracy"
) -> Evaluation:
    live = {
        "run": "reviews-1",
        "name": "the live model",
        "metrics": {"accuracy": champion, "macro_f1": champion},
    }
    difference = {"trivial": None, "reference": None, "champion": [low, high]}
    intervals = {
        "model": {"accuracy": [0.7, 0.9]},
        "trivial": None,
        "reference": None,
        "champion": None,
        "difference": difference,
    }
    return evaluation_object(model, champion=live, intervals=intervals, metric=metric)


WORSE = (
    "accuracy 0.7000 is worse than 0.8000 of the live model (reviews-1) on the same rows: "
    "the difference is between -0.1500 and -0.0500 (95 %)."
)


def test_a_model_worse_than_the_champion_beyond_chance_is_not_promoted() -> None:
    verdict = gate.decide(contest(0.7, 0.8, -0.15, -0.05), GATE)
    assert (verdict.outcome, verdict.reasons[1:]) == ("keep", [WORSE])


@pytest.mark.parametrize(
    ("low", "high", "verb"), [(-0.05, 0.01, "cannot be told from"), (0.01, 0.2, "is better than")]
)
def test_a_model_as_good_as_the_champion_is_promoted(low: float, high: float, verb: str) -> None:
    verdict = gate.decide(contest(0.79, 0.8, low, high), GATE)
    assert verdict.outcome == "promote"
    assert verdict.reasons[1].startswith(
        f"accuracy 0.7900 {verb} 0.8000 of the live model (reviews-1)"
    )


def test_a_gate_may_ask_for_a_model_better_than_the_champion() -> None:
    strict = Gate(metric="accuracy", must_beat_champion=True)
    verdict = gate.decide(contest(0.79, 0.8, -0.05, 0.01), strict)
    assert verdict.outcome == "keep"
    assert verdict.reasons[1].endswith("and +0.0100 (95 %). gate.must_beat_champion asks for more.")
    assert gate.decide(contest(0.9, 0.8, 0.02, 0.2), strict).outcome == "promote"


def test_without_an_interval_of_the_gates_metric_the_difference_itself_decides() -> None:
    assert gate.decide(contest(0.7, 0.8, 0.1, 0.2, metric="macro_f1"), GATE).outcome == "keep"
    assert gate.decide(contest(0.8, 0.7, -0.2, -0.1, metric="macro_f1"), GATE).outcome == "promote"


def test_a_champion_that_was_not_compared_is_told_and_stands_in_no_ones_way() -> None:
    reason = "The live model was not compared: its labels are others: 'a', 'b'."
    verdict = gate.decide(
        evaluation_object(champion_reason=reason), Gate(metric="accuracy", must_beat_champion=True)
    )
    assert (verdict.outcome, verdict.reasons[1:]) == ("promote", [reason])


def test_the_record_keeps_how_sure_the_comparison_is() -> None:
    judged = contest(0.7, 0.8, -0.15, -0.05)
    kept = gate.summary(judged, GATE, gate.decide(judged, GATE))
    assert judged.champion is not None
    assert kept.champion is not None
    assert kept.champion.write() == judged.champion.write()
    assert kept.intervals.model == (0.7, 0.9)
    assert kept.intervals.difference == {
        "trivial": None,
        "reference": None,
        "champion": [-0.15, -0.05],
    }
