from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from inference.server.healthcheck import healthy
from tests.integration.inference.process import ROOT, Serving, free_port, serving
from tests.unit.inference.model_folder import add_code


def port_of(server: Serving) -> int:
    return int(server.url.rpartition(":")[2])


def test_the_exit_code_tells_whether_the_server_can_answer(server: Serving) -> None:
    def code(port: int) -> int:
        command = [sys.executable, "-m", "inference.server.healthcheck"]
        return subprocess.run(
            command, cwd=ROOT, env={"SAGEMAKER_BIND_TO_PORT": str(port)}, check=False
        ).returncode

    assert code(port_of(server)) == 0
    assert code(free_port()) == 1


def test_a_server_that_still_loads_is_not_healthy(tmp_path: Path) -> None:
    with serving(
        add_code(tmp_path, inference="import time\ntime.sleep(60)")
    ) as starting:
        while starting.ping() is None:
            time.sleep(0.02)
        assert not healthy(port_of(starting))
