from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.engine.functions.pool import MAX_WORKERS, NoWorkerError, Pool
from localcloud.engine.functions.worker import Worker
from localcloud.engine.functions.worker_spec import WorkerSpec

SOURCE = "import os\ndef handler(event, context):\n    return os.getpid()\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SOURCE)
    return tmp_path


@pytest.fixture
def pool() -> Iterator[Pool]:
    small_pool = Pool(max_workers=2, max_starting=1, lease_seconds=0.3)
    yield small_pool
    small_pool.close()


def spec(root: Path, name: str = "f") -> WorkerSpec:
    return WorkerSpec(name, "app.handler", root, (str(root),), (), 5)


def leased(pool: Pool, wanted: WorkerSpec) -> Worker:
    worker = pool.lease(wanted)
    if not worker.ready:
        assert worker.start() is None
        pool.worker_started()
    return worker


def test_a_released_worker_is_leased_again(pool: Pool, root: Path) -> None:
    first = leased(pool, spec(root))
    pool.release(first)
    assert leased(pool, spec(root)) is first


def test_an_idle_worker_of_another_function_makes_room(pool: Pool, root: Path) -> None:
    first, second = leased(pool, spec(root, "a")), leased(pool, spec(root, "b"))
    pool.release(first)
    third = leased(pool, spec(root, "c"))
    assert third.ready
    assert third is not first
    pool.release(second)
    pool.release(third)
    time.sleep(0.1)
    assert not first.alive


def test_a_full_pool_waits_and_then_refuses(pool: Pool, root: Path) -> None:
    held = [leased(pool, spec(root, name)) for name in "ab"]
    with pytest.raises(NoWorkerError, match="all 2 workers stayed busy for 0 seconds"):
        pool.lease(spec(root, "c"))
    threading.Timer(0.1, pool.release, (held[0],)).start()
    assert pool.lease(spec(root, "a")) is held[0]


def test_only_so_many_start_at_once(pool: Pool, root: Path) -> None:
    starting = pool.lease(spec(root))
    with pytest.raises(NoWorkerError):
        pool.lease(spec(root))
    assert starting.start() is None
    pool.worker_started()
    assert pool.lease(spec(root)) is not starting


def test_a_dead_worker_is_forgotten(pool: Pool, root: Path) -> None:
    worker = leased(pool, spec(root))
    worker.kill()
    pool.release(worker)
    assert leased(pool, spec(root)) is not worker


def test_idle_workers_end_after_their_time(pool: Pool, root: Path) -> None:
    first, second = leased(pool, spec(root)), leased(pool, spec(root))
    pool.release(first)
    pool.release(second)
    first.last_used -= 120
    second.last_used -= 120
    pool.reap()
    assert (first.alive, second.alive) == (False, True), "the newest one stays longer"
    second.last_used -= 1000
    pool.reap()
    assert not second.alive


def test_closing_ends_busy_workers_too(pool: Pool, root: Path) -> None:
    worker = leased(pool, spec(root))
    pool.close()
    assert not worker.alive
    with pytest.raises(NoWorkerError):
        pool.lease(spec(root))


def test_every_function_of_a_stack_may_stay_warm() -> None:
    template = Path(__file__).parents[5] / "template.yaml"
    functions = template.read_text("utf-8").count("Type: AWS::Serverless::Function")
    assert 0 < functions <= MAX_WORKERS
