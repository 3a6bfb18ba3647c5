"""What becomes of a training script that fails, leaves too little, or is told to stop."""

from __future__ import annotations

import json
import time
from pathlib import Path

import fastjsonschema
import pytest

from contracts.evaluation import schema
from contracts.failures import MEMORY
from inference.archive import load
from tests.integration.training.job import Job
from tests.integration.training.scripts import failure, prepare

SAVE = """
import os
from transformers import AutoModelForSequenceClassification, AutoTokenizer
model = AutoModelForSequenceClassification.from_pretrained("org/tiny", id2label={0: "bad", 1: "good"})
model.save_pretrained(os.environ["SM_MODEL_DIR"])
"""
WITH_TOKENIZER = (
    SAVE
    + 'AutoTokenizer.from_pretrained("org/tiny").save_pretrained(os.environ["SM_MODEL_DIR"])\n'
)

FAILURES = {
    "an exception": (
        "print('reading')\nraise KeyError('label')\n",
        "code/train.py ended with exit code 1; its last line was: KeyError: 'label' (train.py, line 2). What to do: "
        "Correct the script: the log has its whole output.",
    ),
    "an exit code of its own": (
        "import sys\nprint('no rows', file=sys.stderr)\nsys.exit(3)\n",
        "code/train.py ended with exit code 3; its last line was: no rows. What to do: "
        "Correct the script: the log has its whole output.",
    ),
    "no word": (
        "import os\nos._exit(7)\n",
        "code/train.py ended with exit code 7; its last line was: nothing. What to do: "
        "Correct the script: the log has its whole output.",
    ),
    "killed": (
        "import os, signal\nprint('step 8', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n",
        str(
            MEMORY.explain(
                "code/train.py ended with exit code -9; its last line was: step 8."
            )
        ),
    ),
    "an empty model folder": (
        "import os\nos.makedirs(os.path.join(os.environ['SM_MODEL_DIR'], 'empty'))\n",
        "expected a model in SM_MODEL_DIR after code/train.py; found an empty folder. What to do: "
        'Save it there, with its tokenizer: trainer.save_model(os.environ["SM_MODEL_DIR"]).',
    ),
    "no tokenizer": (
        SAVE,
        "expected a tokenizer beside the model in SM_MODEL_DIR after code/train.py; found config.json, "
        "model.safetensors. What to do: "
        'Save it there too: tokenizer.save_pretrained(os.environ["SM_MODEL_DIR"]).',
    ),
}


@pytest.mark.parametrize(("script", "sentence"), FAILURES.values(), ids=FAILURES)
def test_a_script_that_fails_or_forgets_is_told_in_the_failure_file(
    tmp_path: Path, script: str, sentence: str
) -> None:
    job = prepare(tmp_path, script)
    done = job.run()
    assert (done.returncode, failure(job)) == (1, sentence), done.stdout + done.stderr
    assert done.stderr.endswith(f"The job failed: {sentence}\n")
    assert not (job.base / "output" / "data" / "evaluation.json").exists()


def test_a_traceback_names_the_scripts_own_lines(tmp_path: Path) -> None:
    done = prepare(tmp_path, "x = 1\nraise KeyError('label')\n").run()
    assert 'File "train.py", line 2, in <module>' in done.stdout


def test_lines_are_printed_while_the_script_runs(tmp_path: Path) -> None:
    job = prepare(tmp_path, "import time\nprint('first')\ntime.sleep(60)\n")
    process = job.start(PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    began = time.monotonic()
    assert next(line for line in process.stdout if "first" in line) == "first\n"
    assert time.monotonic() - began < 30
    process.terminate()
    process.communicate(timeout=30)


def _stopped(job: Job) -> tuple[int, str]:
    process = job.start(PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    next(line for line in process.stdout if "ready" in line)
    process.terminate()
    output, _ = process.communicate(timeout=30)
    return process.returncode, output


def test_a_stop_is_passed_on_to_the_script(tmp_path: Path) -> None:
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saved'), sys.exit(0)))\n"
        "print('ready')\ntime.sleep(60)\n"
    )
    job = prepare(tmp_path, script)
    code, output = _stopped(job)
    assert (code, output) == (143, "saved\n")
    assert not (job.base / "output" / "failure").exists()


def test_a_stop_ends_a_script_that_does_not_listen(tmp_path: Path) -> None:
    assert _stopped(
        prepare(tmp_path, "import time\nprint('ready')\ntime.sleep(60)\n")
    ) == (143, "")


def test_a_script_finds_what_is_its_own_and_nothing_else(tmp_path: Path) -> None:
    """Modules beside it, whatever their names; its channels; its arguments; annotations as it wrote them."""
    script = (
        "import json, os, sys\n"
        "import training, tasks, contracts, inference, helpers.names\n"
        "def f(x: int): ...\n"
        "print(json.dumps({'argv': sys.argv, 'cwd': os.getcwd(), 'module': os.environ['SM_MODULE_DIR'],\n"
        "  'channels': json.loads(os.environ['SM_CHANNELS']), 'main': __name__,\n"
        "  'annotation': f.__annotations__['x'] is int,\n"
        "  'given': sorted(n for n in os.environ if n.startswith('SM_CHANNEL_')),\n"
        "  'own': [training.OWN, tasks.OWN, contracts.OWN, inference.OWN, helpers.names.OWN]}))\n"
    )
    files = {
        f"{name}.py": "OWN = True\n"
        for name in ("training", "tasks", "contracts", "inference", "helpers/names")
    }
    job = prepare(
        tmp_path, script, files, hyperparameters={"epochs": 1, "note": "it's; two"}
    )
    done = job.run(SM_CHANNELS='["base", "code", "spec", "test", "train"]')
    report = json.loads(done.stdout.splitlines()[1])
    assert report == {
        "argv": ["train.py", "--epochs", "1", "--note", "it's; two"],
        "cwd": report["module"],
        "module": str(job.base / "output" / "own-code"),
        "channels": ["test", "train"],
        "main": "__main__",
        "annotation": True,
        "given": ["SM_CHANNEL_TEST", "SM_CHANNEL_TRAIN"],
        "own": [True, True, True, True, True],
    }


def test_its_functions_can_be_sent_to_other_processes(tmp_path: Path) -> None:
    script = (
        "import os\nfrom datasets import load_from_disk\n"
        "def longer(row):\n    return {'text': row['text'] + SUFFIX}\n"
        "SUFFIX = ' indeed'\n"
        "if __name__ == '__main__':\n"
        "    found = load_from_disk(os.environ['SM_CHANNEL_TRAIN']).map(longer, num_proc=2)\n"
        "    print(all(text.endswith(' indeed') for text in found['text']))\n"
    )
    assert "True\n" in prepare(tmp_path, script).run().stdout


def test_a_model_without_hooks_is_served_by_traindrop_and_asked_the_tasks_example(
    tmp_path: Path,
) -> None:
    job = prepare(tmp_path, WITH_TOKENIZER)
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = job.output("verification.json")["rows"]
    fastjsonschema.validate(schema(), job.output("evaluation.json"))
    (answer,) = json.loads(
        load(job.base / "model").invoke(json.dumps(row["request"]).encode())
    )
    assert answer["label"] == row["response"][0]["label"]
    assert answer["label"] in {"bad", "good"}


def test_an_example_that_the_hooks_refuse_fails_the_job(tmp_path: Path) -> None:
    hooks = "def predict_fn(data, model):\n    raise ValueError('no reviews')\n"
    job = prepare(
        tmp_path,
        WITH_TOKENIZER,
        {"inference.py": hooks},
        hooks=["predict_fn"],
        example={"inputs": "good"},
    )
    assert job.run().returncode == 1
    assert failure(job).startswith(
        'the packed model refuses {"inputs": "good"} with 500: '
    )
    assert failure(job).endswith(
        "Correct code/inference.py, or the example in traindrop.yaml."
    )


def test_without_an_example_hooks_may_refuse_what_the_task_would_take(
    tmp_path: Path,
) -> None:
    hooks = "def predict_fn(data, model):\n    return data['reviews']\n"
    job = prepare(
        tmp_path, WITH_TOKENIZER, {"inference.py": hooks}, hooks=["predict_fn"]
    )
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert job.output("verification.json") == {"tolerance": 0.02, "rows": []}
    assert "The packed model loads. No request is known that it answers" in done.stdout


def test_a_model_of_another_kind_is_loaded_by_its_own_hook(tmp_path: Path) -> None:
    script = "import os, json\njson.dump({'bias': 3}, open(os.environ['SM_MODEL_DIR'] + '/model.json', 'w'))\n"
    hooks = (
        "import json\n"
        "def model_fn(model_dir):\n    return json.load(open(model_dir + '/model.json'))\n"
        "def predict_fn(data, model):\n    return {'sum': data['x'] + model['bias']}\n"
    )
    job = prepare(
        tmp_path,
        script,
        {"inference.py": hooks},
        hooks=["model_fn", "predict_fn"],
        example={"x": 4},
    )
    done = job.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert job.output("verification.json")["rows"] == [
        {"request": {"x": 4}, "response": {"sum": 7}}
    ]
