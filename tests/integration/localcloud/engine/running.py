"""A running engine and the few calls that every test of it makes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from localcloud.signatures import signed_headers

ROLE = "arn:aws:iam::000000000000:role/test"
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""Of the account's root."""
HEALTH = "/_ministack/health"
INVOKE = "arn:aws:states:::lambda:invoke"
T = TypeVar("T")


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        for name, text in files.items():
            bundle.writestr(name, dedent(text))
    return buffer.getvalue()


def eventually(check: Callable[[], T], seconds: float = 10) -> T:
    """The first truthy value of `check()`."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        time.sleep(0.02)
    return value


def task(function: str, payload: Any, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": function, "Payload": payload},
        **more,
    }


@dataclass
class Engine:
    state: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Returns the seconds until it was healthy."""
        command = [
            sys.executable,
            "-m",
            "localcloud.engine",
            "--port",
            str(self.port),
            "--state",
            str(self.state),
        ]
        environment = {**os.environ, **KEYS, **self.environment}
        self.port = self.port or _free_port()
        command[4] = str(self.port)
        began = time.monotonic()
        with (self.state.parent / "engine.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log
            )
        eventually(self._healthy, 60)
        return time.monotonic() - began

    def _healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (
            self.state.parent / "engine.log"
        ).read_text()
        try:
            with closing(
                urllib.request.urlopen(self.url + HEALTH, timeout=5)
            ) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        self.process = None
        return code

    def restart(self, number: signal.Signals) -> None:
        self.end(number)
        self.start()

    def client(self, service: str) -> Any:
        if service not in self.clients:
            make: Any = boto3.client
            self.clients[service] = make(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(
                    retries={"max_attempts": 1}, s3={"addressing_style": "path"}
                ),
            )
        return self.clients[service]

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        if self.process is not None:
            self.end()

    def function(
        self,
        name: str,
        source: str,
        /,
        *,
        files: dict[str, str] | None = None,
        **settings: Any,
    ) -> str:
        """Deploys `handler` of `source`, or deploys it anew; returns its ARN."""
        code = zipped({"app.py": source, **(files or {})})
        awslambda = self.client("lambda")
        settings = {
            "Runtime": "python3.13",
            "Role": ROLE,
            "Handler": "app.handler",
            "Timeout": 10,
        } | settings
        return str(
            awslambda.create_function(
                FunctionName=name, Code={"ZipFile": code}, **settings
            )["FunctionArn"]
        )

    def invoke(self, name: str, event: Any = None) -> tuple[Any, str | None]:
        """The answer, and the kind of error if it is one."""
        response = self.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps(event)
        )
        return json.loads(response["Payload"].read()), response.get("FunctionError")

    def machine(self, name: str, states: dict[str, Any], /, **top: Any) -> str:
        """Creates a JSONata state machine that starts at the first of `states`; returns its ARN."""
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": next(iter(states)),
            "States": states,
            **top,
        }
        sfn = self.client("stepfunctions")
        return str(
            sfn.create_state_machine(
                name=name, roleArn=ROLE, definition=json.dumps(definition)
            )["stateMachineArn"]
        )

    def execute(
        self, machine: str, state_input: Any = None, seconds: float = 15
    ) -> dict[str, Any]:
        """Runs to the end and describes the execution."""
        sfn = self.client("stepfunctions")
        arn = sfn.start_execution(
            stateMachineArn=machine, input=json.dumps(state_input or {})
        )["executionArn"]
        return self.ended(arn, seconds)

    def ended(self, execution: str, seconds: float = 15) -> dict[str, Any]:
        def described() -> dict[str, Any] | None:
            description: dict[str, Any] = self.client(
                "stepfunctions"
            ).describe_execution(executionArn=execution)
            return description if description["status"] != "RUNNING" else None

        description = eventually(described, seconds)
        assert description is not None
        return description

    def run(
        self, name: str, states: dict[str, Any], state_input: Any = None, /, **top: Any
    ) -> dict[str, Any]:
        """Creates a machine and runs it once."""
        return self.execute(self.machine(name, states, **top), state_input)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        signed_for: str = "",
    ) -> tuple[int, bytes, dict[str, str]]:
        """Plain HTTP: status, body, headers in lower case. `signed_for` is a service for which the root signs it."""
        if signed_for:
            headers = signed_headers(
                method,
                self.url + path,
                body or b"",
                KEYS | {"AWS_REGION": REGION},
                service=signed_for,
                headers=headers,
            )
        request = urllib.request.Request(
            self.url + path, data=body, method=method, headers=headers or {}
        )
        try:
            with closing(urllib.request.urlopen(request, timeout=60)) as answer:
                return (
                    answer.status,
                    answer.read(),
                    {k.lower(): v for k, v in answer.headers.items()},
                )
        except urllib.error.HTTPError as error:
            with closing(error):
                return (
                    error.code,
                    error.read(),
                    {k.lower(): v for k, v in error.headers.items()},
                )


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
