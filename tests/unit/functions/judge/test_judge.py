from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.changes import ChangedAnswer, Changes, LabelChange
from functions.adapters.storage import ChangedObjectError
from functions.judge import gate
from functions.judge.judge import judge
from functions.judge.output_archive import OutputError
from tests.evaluations import OF_A_SCRIPT
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage, cost_book
from tests.unit.functions.judge.evaluations import (
    GATE,
    MODEL,
    OUTPUT,
    VERIFICATION,
    archive,
    contest,
)
from tests.unit.functions.specs import (
    RUN,
    SPEC_KEY,
    evaluation,
    evaluation_object,
    leave_spec,
    spec,
)


def test_a_better_model_is_promoted_and_its_evaluation_left_for_others(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "promote"}
    assert ledger.get_run(RUN).write()["status"] == "judging"
    assert trained.read_json(f"models/{RUN}/evaluation.json") == evaluation()
    assert trained.read_json(f"models/{RUN}/verification.json") == {
        "tolerance": 0.02,
        "rows": [],
    }


def test_a_run_that_keeps_its_champion_has_its_report_too(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        evaluation=evaluation(0.5, 0.5), verification=VERIFICATION, page=b"<html>"
    )
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "keep"}
    assert ledger.get_run(RUN).write()["report"] == f"/runs/{RUN}/report"
    assert ledger.get_run(RUN).card is None


def test_the_record_keeps_the_numbers_but_no_confusion_matrix(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    judge(RUN, ledger, trained, cost_book())
    kept = ledger.get_run(RUN).write()["evaluation"]
    assert (kept["metric"], kept["model"]["accuracy"], kept["labels"]) == (
        "accuracy",
        0.8,
        ["negative", "positive"],
    )
    assert kept["reasons"] == [
        "accuracy 0.8000 on 1,200 held-out rows beats 0.5000 of the trivial baseline (most frequent label).",
        "accuracy 0.8000 is better than 0.7000 of the simple reference (TF-IDF): "
        "the difference is between +0.1000 and +0.1000 (95 %).",
    ]
    assert kept["sentence"] == "About 80 of 100 new texts get the right label."
    assert kept["next_steps"] == [
        "negative: 400 of 600 right, only 40 training rows: add about 60."
    ]
    assert "confusion" not in kept


def test_a_model_no_better_than_the_trivial_baseline_ends_the_run(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        evaluation=evaluation(0.5, 0.5), verification=VERIFICATION
    )
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "keep"}
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "keep"}
    run, model = ledger.get_run(RUN), ledger.find_model("reviews")
    assert run.status == "kept back"
    assert "does not beat 0.5000" in run.write()["evaluation"]["reasons"][0]
    assert model is not None
    assert model.active_run is None


def test_labels_are_kept_up_to_a_limit() -> None:
    many = evaluation_object(labels=[str(i) for i in range(1000)])
    kept = gate.summary(many, GATE, gate.decide(many, GATE))
    assert (len(kept.labels), kept.label_count) == (gate.MAX_LABELS, 1000)


def test_the_gates_metric_comes_from_the_spec(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    leave_spec(ledger, trained, gate={"metric": "macro_f1", "min_gain": 0.6})
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "keep"}


def test_a_model_of_a_users_own_script_is_promoted_without_a_contest(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[OUTPUT] = archive(
        evaluation=OF_A_SCRIPT, verification={"tolerance": 0.02, "rows": []}
    )
    leave_spec(ledger, trained, script=True, gate={"metric": "", "min_gain": 0.0})
    assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "promote"}
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
    trained.objects[OUTPUT] = archive(
        evaluation=evaluation(training=training), verification=VERIFICATION
    )
    for _ in range(2):
        assert judge(RUN, ledger, trained, cost_book()) == {"outcome": "promote"}
    assert ledger.get_run(RUN).write().get("warnings") == [
        "Two rows are alike.",
        "The training ran out of memory at batch 32 and was done once more with train_batch_size 16, "
        "gradient_accumulation_steps 2 and eval_batch_size 8. Set these in traindrop.yaml to save the first attempt, "
        "or name an instance type with more memory.",
    ]
    assert ledger.get_run(RUN).write()["evaluation"]["training"] == training


def test_a_training_that_collapsed_is_a_warning_in_the_record(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    collapses = [
        {"learning_rate": 9e-4, "step": 40, "reason": "lost what it had learnt"},
        {"learning_rate": 3e-4, "step": 60, "reason": "became worse"},
    ]
    training = {"rows": 80, "learning_rate": 1e-4, "collapses": collapses}
    trained.objects[OUTPUT] = archive(
        evaluation=evaluation(training=training), verification=VERIFICATION
    )
    judge(RUN, ledger, trained, cost_book())
    assert ledger.get_run(RUN).write().get("warnings") == [
        "The training collapsed at learning_rate 0.0009, then at 0.0003 (it became worse) and was started again at "
        "0.0001. Set `learning_rate: 0.0001` in traindrop.yaml to save the attempts before."
    ]


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


def test_the_record_keeps_what_changed_without_single_rows() -> None:
    label = LabelChange("p", 7, 3, 5, champion_f1=0.5, model_f1=0.75)
    row = ChangedAnswer(0, "good", "p", champion="p", model="n")
    counted = Changes(1, 0, 2, labels_better=1, labels=(label,))
    changes = replace(counted, new=(row,))
    judged = replace(contest(0.7, 0.8, -0.15, -0.05), changes=changes)
    kept = gate.summary(judged, GATE, gate.decide(judged, GATE))
    assert kept.changes == counted
    assert kept.write()["changes"]["labels"][0]["model_right"] == 5


def test_the_released_archive_is_a_copy_that_no_job_may_write(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    judge(RUN, ledger, trained, cost_book())
    archive = ledger.get_run(RUN).archive
    assert archive is not None
    assert archive == trained.find(f"models/{RUN}/model.tar.gz")
    trained.objects[MODEL] = b"what the job writes afterwards"
    assert trained.objects[archive.key] == b"weights"


def test_a_job_that_left_no_model_is_an_error(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    del trained.objects[MODEL]
    with pytest.raises(OutputError, match=f"{MODEL}: expected an archive"):
        judge(RUN, ledger, trained, cost_book())


def test_a_spec_that_the_job_wrote_does_not_lower_the_gate(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.write_json(SPEC_KEY, spec(gate={"metric": "accuracy", "min_gain": -1}))
    with pytest.raises(ChangedObjectError, match="Find out who may write"):
        judge(RUN, ledger, trained, cost_book())


def test_which_rows_a_model_has_seen_is_kept_beside_its_archive(
    trained: MemoryStorage, ledger: MemoryLedger
) -> None:
    trained.objects[f"runs/{RUN}/seen-rows.bin"] = b"seen"
    judge(RUN, ledger, trained, cost_book())
    assert trained.objects[f"models/{RUN}/seen-rows.bin"] == b"seen"
