"""The processes that hold the model, dying and hanging."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.inference.process import Serving, serving
from tests.unit.inference.model_folder import add_code

JSON = {"Content-Type": "application/json"}
DEADLY = (
    "import os\ndef model_fn(d): return 1\n"
    "def predict_fn(data, model):\n"
    "    if data['inputs'] == 'die':\n        os._exit(9)\n"
    "    return data['inputs'].upper()\n"
)
HANGING = (
    "import time\ndef model_fn(d): return 1\n"
    "def predict_fn(data, model):\n"
    "    if data['inputs'] == 'hang':\n        time.sleep(60)\n"
    "    return data['inputs'].upper()\n"
)


PARENT = """
import multiprocessing, os, subprocess, time
def model_fn(d): return 1
def sleep(): time.sleep(120)
def predict_fn(data, model):
    word = data["inputs"]
    if word == "program":
        child = subprocess.Popen(["sleep", "120"])
        child.terminate()
        return child.wait(20)
    child = multiprocessing.get_context("fork").Process(target=sleep)
    child.start()
    if word == "die":
        with open(f"{__file__}.pids", "a") as file:
            print(child.pid, file=file)
        os._exit(9)
    child.terminate()
    child.join(20)
    return child.exitcode
"""

SPAWNING = """
import multiprocessing, os, pickle
class Net:
    def __init__(self): self.word = "net"
def model_fn(d): return Net()
def work(text): return text.upper(), os.getpid()
def predict_fn(data, model):
    word = data["inputs"]
    context = multiprocessing.get_context("spawn")
    if word == "pool":
        with context.Pool(1) as pool:
            text, pid = pool.apply_async(work, (word,)).get(60)
        return [text, pid != os.getpid()]
    if word == "process":
        child = context.Process(target=work, args=(word,))
        child.start()
        child.join(60)
        return child.exitcode
    if word == "pickle":
        return [pickle.loads(pickle.dumps(model)).word, pickle.loads(b"cinference\\nNet\\n.").__module__]
    import inference
    return inference.work(word)[0]
"""


def workers(started: Serving) -> list[psutil.Process]:
    children = psutil.Process(started.process.pid).children(recursive=True)
    return [
        child
        for child in children
        if "inference.server.worker_start" in child.cmdline()
    ]


def wait_until(started: Serving, status: int) -> None:
    deadline = time.monotonic() + 60
    while started.ping() != status:
        assert time.monotonic() < deadline, started.log
        time.sleep(0.02)


def test_worker_that_is_killed_costs_no_answer(tiny_model: Path) -> None:
    def ask(number: int) -> int:
        body = {"inputs": "good film " * (number % 20 + 1)}
        return httpx.post(
            f"{started.url}/invocations", json=body, timeout=60
        ).status_code

    with serving(tiny_model) as started:
        started.wait_until_ready()
        (first,) = workers(started)
        with ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(ask, number) for number in range(100)]
            while not any(answer.done() for answer in answers):
                time.sleep(0.01)
            first.kill()
            assert {answer.result() for answer in answers} == {200}
        (second,) = workers(started)
        assert second.pid != first.pid
        assert started.ping() == 200


def test_ping_tells_that_the_model_is_gone_until_it_is_back(tmp_path: Path) -> None:
    with serving(
        add_code(tmp_path, inference="import time\ntime.sleep(0.5)\n" + DEADLY)
    ) as started:
        started.wait_until_ready()
        workers(started)[0].kill()
        wait_until(started, 503)
        wait_until(started, 200)


def test_request_that_kills_the_model_is_answered_and_harms_no_other(
    tmp_path: Path,
) -> None:
    with serving(add_code(tmp_path, inference=DEADLY)) as started:
        started.wait_until_ready()
        with ThreadPoolExecutor(3) as pool:
            texts = ["one", "die", "two"]
            one, deadly, two = pool.map(
                lambda text: started.post({"inputs": text}), texts
            )
        assert (one.json(), two.json()) == ("ONE", "TWO")
        assert deadly.status_code == 500
        assert deadly.json()["type"] == "WorkerDied"
        assert (
            deadly.json()["message"]
            == "the model's process died 3 times while it answered this request."
        )


def test_answer_that_takes_too_long_is_504_and_its_process_ended(
    tmp_path: Path,
) -> None:
    variables = {"SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS": "1"}
    with serving(add_code(tmp_path, inference=HANGING), **variables) as started:
        started.wait_until_ready()
        (hung,) = workers(started)
        late = started.post({"inputs": "hang"})
        assert (late.status_code, late.json()["type"]) == (504, "ModelTimeout")
        assert started.post({"inputs": "one"}).json() == "ONE"
        assert not hung.is_running()


@pytest.mark.parametrize("count", [1, 3])
def test_no_process_outlives_the_server(tmp_path: Path, count: int) -> None:
    with serving(
        add_code(tmp_path, inference=DEADLY), SAGEMAKER_MODEL_SERVER_WORKERS=str(count)
    ) as started:
        started.wait_until_ready()
        deadline = time.monotonic() + 30
        while len(workers(started)) < count:
            assert time.monotonic() < deadline, started.log
            time.sleep(0.02)
        left = workers(started)
        started.process.kill()
        psutil.wait_procs(left, timeout=10)
        assert not any(process.is_running() for process in left)


@pytest.mark.parametrize("word", ["program", "process"])
def test_what_a_hook_starts_can_be_ended(tmp_path: Path, word: str) -> None:
    with serving(add_code(tmp_path, inference=PARENT)) as started:
        started.wait_until_ready()
        answer = started.post({"inputs": word})
    assert (answer.status_code, answer.json()) == (200, -15)


def test_a_forked_process_does_not_hide_that_the_worker_died(tmp_path: Path) -> None:
    with serving(add_code(tmp_path, inference=PARENT)) as started:
        started.wait_until_ready()
        answer = started.post({"inputs": "die"})
        (pids,) = tmp_path.rglob("*.pids")
        children = [psutil.Process(int(line)) for line in pids.read_text().split()]
        assert all(child.is_running() for child in children)
        assert (answer.status_code, answer.json()["type"]) == (500, "WorkerDied")
        wait_until(started, 200)
    for child in children:
        child.terminate()
    assert psutil.wait_procs(children, timeout=10)[1] == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("pool", ["POOL", True]),
        ("process", 0),
        ("pickle", ["net", "inference"]),
        ("import", "IMPORT"),
    ],
)
def test_a_script_is_the_module_inference_also_in_processes_that_it_spawns(
    tmp_path: Path, word: str, expected: object
) -> None:
    with serving(add_code(tmp_path, inference=SPAWNING)) as started:
        started.wait_until_ready()
        answer = started.post({"inputs": word})
    assert (answer.status_code, answer.json()) == (200, expected)


def test_code_may_be_a_package_named_inference(tmp_path: Path) -> None:
    package = tmp_path / "code" / "inference"
    package.mkdir(parents=True)
    (package / "util.py").write_text("def loud(text): return text.upper()\n")
    (package / "__init__.py").write_text(
        "from inference.util import loud\n"
        "def model_fn(d): return 1\n"
        "def predict_fn(data, model): return loud(data['inputs'])\n"
    )
    with serving(tmp_path) as started:
        started.wait_until_ready()
        assert started.post({"inputs": "quiet"}).json() == "QUIET"
