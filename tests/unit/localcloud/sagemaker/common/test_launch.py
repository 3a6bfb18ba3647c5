from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from contracts.environment import LOCAL_STATE
from localcloud.sagemaker.common.launch import (
    Program,
    end_container,
    end_group,
    exit_code,
    platform_environment,
    python_path,
    start_program,
)


def test_a_program_inherits_only_what_it_may() -> None:
    host = {
        "PATH": "/bin",
        "AWS_ENDPOINT_URL": "http://e",
        "SECRET": "s",
        "PYTHONPATH": "/x",
        "LC_ALL": "C",
        "HF_TOKEN": "hf_of_the_user",
    }
    environment = platform_environment(
        host, url="http://127.0.0.1:1234", region="eu-west-1", state=Path("/state")
    )
    assert environment == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "AWS_ENDPOINT_URL": "http://e",
        "AWS_ENDPOINT_URL_SAGEMAKER": "http://127.0.0.1:1234",
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": "http://127.0.0.1:1234",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONUNBUFFERED": "1",
        LOCAL_STATE: "/state",
    }


def test_variables_of_the_hub_are_passed_only_on_demand() -> None:
    host = {"HF_TOKEN": "hf_of_the_user", "HF_ENDPOINT": "http://hub"}
    environment = platform_environment(
        host, url="", region="", state=Path("/state"), pass_hf_env=True
    )
    assert host.items() <= environment.items()


def test_empty_entries_of_a_python_path_are_left_out() -> None:
    assert python_path("/a", "", "/b") == "/a:/b"


def test_a_program_leads_a_group_of_its_own_in_its_folder_with_its_environment(
    tmp_path: Path,
) -> None:
    code = "import os; print(os.getpid() == os.getpgrp(), os.getcwd(), os.environ['GREETING'], flush=True)"
    program = Program([sys.executable, "-c", code], {"GREETING": "hello"}, tmp_path)
    read_end, write_end = os.pipe()
    process = start_program(program, write_end, write_end)
    os.close(write_end)
    with os.fdopen(read_end) as output:
        assert output.read() == f"True {tmp_path} hello\n"
    assert process.wait(5) == 0


def test_signals_count_from_128() -> None:
    assert [exit_code(code) for code in (0, 3, -signal.SIGKILL, -signal.SIGTERM)] == [
        0,
        3,
        137,
        143,
    ]


def test_a_group_that_does_not_listen_is_killed() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    started = time.monotonic()
    end_group(process, grace=0.2)
    assert process.wait(5) == -signal.SIGKILL
    assert 0.2 <= time.monotonic() - started < 3
    process.stdout.close()


def test_only_the_first_process_of_a_container_gets_the_warning(tmp_path: Path) -> None:
    program = Program(
        [
            "/bin/sh",
            "-c",
            'trap "echo first" TERM; (trap "echo second" TERM; sleep 5) & wait; wait',
        ],
        {"PATH": os.environ["PATH"]},
        tmp_path,
    )
    read_end, write_end = os.pipe()
    process = start_program(program, write_end, write_end)
    os.close(write_end)
    time.sleep(0.3)
    end_container(process, grace=0.3)
    assert process.wait() == -signal.SIGKILL
    with os.fdopen(read_end) as output:
        assert output.read() == "first\n"
