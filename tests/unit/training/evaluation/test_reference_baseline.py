from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tasks import every_variant
from tests.integration.training.forms import TRIALS, name_of

PROGRAM = """
import json, sys
from tasks import get_task
from training.recipes import recipe_of
for task, variant, labels, train, test in json.load(sys.stdin):
    scorer = recipe_of(get_task(task, variant), labels).scorer
    found = [scorer.trivial_baseline(train, test), scorer.reference_baseline(train, test)]
    print(json.dumps([each and each.metrics for each in found]))
print(json.dumps([name for name in ("torch", "transformers", "peft") if name in sys.modules]))
"""
FORMS = list(every_variant())


def test_baselines_need_no_torch_and_tell_every_metric() -> None:
    trials = [(task, TRIALS[name_of(task)]) for task in FORMS]
    value = [
        [
            task.name,
            task.variant,
            list(trial.labels),
            trial.rows(60, 1),
            trial.rows(20, 2),
        ]
        for task, trial in trials
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(value),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[4],
    )
    *result, loaded = map(json.loads, done.stdout.splitlines())
    assert loaded == []
    for task, (trivial, reference) in zip(FORMS, result, strict=True):
        assert set(trivial) == set(task.metrics)
        if reference:
            assert set(reference) == set(task.metrics)
            assert reference[task.metric] > trivial[task.metric], name_of(task)
