"""How a server ends: requests in progress are answered, and none is waited for that does not come."""

from __future__ import annotations

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.integration.inference.process import serving
from tests.integration.inference.scripts import ECHO, SLOW_ANSWER
from tests.unit.inference.model_folder import add_code


def test_sigterm_finishes_what_was_begun(tmp_path: Path) -> None:
    with serving(add_code(tmp_path, inference=SLOW_ANSWER)) as started:
        started.wait_until_ready()
        with ThreadPoolExecutor(5) as pool:

            def post(_: int) -> httpx.Response:
                return httpx.post(
                    f"{started.url}/invocations", content=b"x", timeout=30
                )

            answers = [pool.submit(post, n) for n in range(5)]
            time.sleep(0.2)
            began = time.monotonic()
            assert started.terminate() == 0
            assert time.monotonic() - began < 10
            assert [answer.result().status_code for answer in answers] == [200] * 5


def test_sigterm_under_load_fails_no_request(tiny_model: Path) -> None:
    def call_until_sent_elsewhere(url: str) -> list[int]:
        statuses = []
        with httpx.Client(base_url=url, timeout=30) as client:
            while True:
                response = client.post(
                    "/invocations", json={"inputs": "good film " * 10}
                )
                statuses.append(response.status_code)
                if response.headers.get("connection") == "close":
                    return statuses

    with serving(tiny_model) as started:
        started.wait_until_ready()
        with ThreadPoolExecutor(8) as pool:
            clients = [
                pool.submit(call_until_sent_elsewhere, started.url) for _ in range(8)
            ]
            time.sleep(1)
            assert started.terminate() == 0
            statuses = [status for client in clients for status in client.result()]
        assert len(statuses) > 50
        assert set(statuses) == {200}


def test_sigterm_while_loading_ends_the_process(tmp_path: Path) -> None:
    with serving(
        add_code(tmp_path, inference="import time\ntime.sleep(60)")
    ) as started:
        while started.ping() is None:
            time.sleep(0.02)
        assert started.terminate() == 0


def test_ctrl_c_ends_the_process(tmp_path: Path) -> None:
    with serving(add_code(tmp_path, inference=ECHO)) as started:
        started.wait_until_ready()
        started.process.send_signal(signal.SIGINT)
        assert started.process.wait(timeout=30) == 0


def test_sigterm_does_not_wait_for_a_body_that_does_not_come(tmp_path: Path) -> None:
    with serving(add_code(tmp_path, inference=ECHO)) as started:
        started.wait_until_ready()
        with socket.create_connection(("127.0.0.1", started.port)) as slow:
            slow.sendall(
                b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
            )
            time.sleep(0.3)
            began = time.monotonic()
            assert started.terminate() == 0
            # Half of what SIGTERM's grace would give it.
            assert time.monotonic() - began < 12
            answer = slow.recv(1000)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 1" in answer.lower()
