from __future__ import annotations

import os
import signal

from tests.integration.localcloud.sagemaker.conftest import Local


def test_a_killed_model_server_comes_back_and_requests_wait_for_it(
    local: Local,
) -> None:
    name = local.serve()
    first = local.invoke(name)["pid"]
    os.kill(first, signal.SIGKILL)
    second = local.invoke(name)["pid"]
    assert second != first
    assert local.endpoint_status(name) == "InService"
