from __future__ import annotations

import threading
import time
from pathlib import Path

from localcloud.engine.functions.worker import Worker
from localcloud.engine.functions.worker_spec import WorkerSpec


def test_worker_ends_when_its_pipe_closes_in_the_middle_of_a_handler(
    tmp_path: Path,
) -> None:
    (tmp_path / "app.py").write_text(
        "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    )
    worker = Worker(WorkerSpec("f", "app.handler", tmp_path, (str(tmp_path),), (), 5))
    assert worker.start() is None
    process = worker._process
    assert process is not None
    assert process.stdin is not None
    threading.Thread(
        target=worker.invoke, args=({}, "id", "arn", None), daemon=True
    ).start()
    time.sleep(0.1)
    process.stdin.close()
    assert process.wait(timeout=2) == 0
    worker.kill()
