"""What a user has in hand: the shell environment of the local cloud, boto3, and HTTP with the key."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import boto3
import httpx

from contracts.run_record import IN_PROGRESS, RunRecord, RunStatus
from tests.e2e.drops import reviews
from tests.forkserver import cloud_python

ROOT = Path(__file__).parents[2]
STACK = "traindrop"
"""The stack's name where `up` is told none."""
ENDED = set(RunStatus) - IN_PROGRESS
T = TypeVar("T")


class EndToEndError(AssertionError):
    """Something did not happen in time, or a command failed."""


def command(
    *arguments: str, timeout: float = 300, environment: dict[str, str] | None = None
) -> str:
    """Runs `python -m localcloud …` and returns what it printed."""
    done = subprocess.run(
        [cloud_python(), "-m", "localcloud", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise EndToEndError(
            f"localcloud {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def eventually(
    what: str, look: Callable[[], T | None], timeout: float = 120, pause: float = 0.3
) -> T:
    """The first answer of `look` that is neither None nor False."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if result := look():
            return result
        time.sleep(pause)
    raise EndToEndError(f"not within {timeout:.0f} s: {what}")


@dataclass
class Cloud:
    """A running local cloud, seen from outside."""

    state: Path

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables of `localcloud env`."""
        printed = command("env", "--state", str(self.state))
        return dict(
            re.findall(r"""^export (\w+)=['"]?(.*?)['"]?$""", printed, re.MULTILINE)
        )

    def boto(self, service: str) -> Any:
        env = self.environment
        own = env.get(f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}")
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=own or env["AWS_ENDPOINT_URL"],
            region_name=env["AWS_DEFAULT_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )

    @cached_property
    def s3(self) -> Any:
        return self.boto("s3")

    @cached_property
    def sagemaker(self) -> Any:
        return self.boto("sagemaker")

    @property
    def bucket(self) -> str:
        return self.environment["TRAINDROP_BUCKET"]

    @cached_property
    def http(self) -> httpx.Client:
        url, key = (
            self.environment["TRAINDROP_API_URL"],
            self.environment["TRAINDROP_API_KEY"],
        )
        return httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=60)

    def keys(self, prefix: str) -> list[str]:
        """Of every version of every object below the prefix."""
        pages = self.s3.get_paginator("list_object_versions")
        versions = pages.paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in versions for item in page.get("Versions", ())]

    def drop(self, model: str, body: bytes, name: str = "data.csv") -> None:
        self.s3.put_object(
            Bucket=self.bucket, Key=f"datasets/{model}/{name}", Body=body
        )

    def drop_all(
        self, model: str, files: Mapping[str, bytes], pause: float = 0.0
    ) -> None:
        """In an order that nobody would choose."""
        names = sorted(files)
        random.Random(7).shuffle(names)
        for name in names:
            self.drop(model, files[name], name)
            time.sleep(pause)

    def replace_all(self, model: str, files: Mapping[str, bytes]) -> None:
        """As `drop_all`, into a folder that holds nothing else then."""
        for key in set(self.keys(f"datasets/{model}/")):
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        self.drop_all(model, files)

    def predict(self, model: str, inputs: Any, **more: Any) -> httpx.Response:
        return self.http.post(
            f"/models/{quote(model, safe='')}/predict", json={"inputs": inputs, **more}
        )

    def live_model(self, name: str) -> str:
        """Drops a good data set and returns the model's name once it is live."""
        self.drop(name, reviews())
        record = self.ended(name)
        if record["status"] != "live":
            raise EndToEndError(f"expected a live model; found {record}")
        return name

    def archive_of(self, model: str) -> bytes:
        """What the model's endpoint was given: dropped as it is, it goes live without a training."""
        run = self.http.get(f"/models/{model}").json()["champion"]
        key = f"models/{run}/model.tar.gz"
        body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"]
        return bytes(body.read())

    def runs(self, model: str) -> list[dict[str, Any]]:
        """The newest first."""
        runs = (
            self.http.get("/runs", params={"model": model})
            .raise_for_status()
            .json()["runs"]
        )
        return list(runs)

    def run(self, run: str) -> dict[str, Any]:
        record = dict(self.http.get(f"/runs/{run}").raise_for_status().json())
        assert RunRecord.read(record).write() == record
        return record

    def ended(
        self, model: str, besides: Iterable[str] = (), timeout: float = 180
    ) -> dict[str, Any]:
        """The record of the model's newest run that is not one of `besides`, once it has ended."""
        earlier = set(besides)

        def look() -> dict[str, Any] | None:
            new = [run for run in self.runs(model) if run["run"] not in earlier]
            return (
                self.run(new[0]["run"]) if new and new[0]["status"] in ENDED else None
            )

        # Each look starts a function, on the cores on which the model is trained.
        return eventually(f"a run of {model!r} ends", look, timeout, pause=1.0)

    def invoke_sweep(self) -> dict[str, Any]:
        """The sweep's answer, without waiting for its schedule."""
        functions = self.boto("lambda")
        names: list[str] = []
        for page in functions.get_paginator("list_functions").paginate():
            names += [item["FunctionName"] for item in page["Functions"]]
        (sweep,) = [name for name in names if "SweepFunction" in name]
        answer = functions.invoke(FunctionName=sweep)["Payload"].read()
        return dict(json.loads(answer))

    def names(self, operation: str, key: str, name: str, **filters: Any) -> list[str]:
        pages = self.sagemaker.get_paginator(operation).paginate(**filters)
        return [item[name] for page in pages for item in page[key]]

    def jobs(self) -> list[str]:
        return self.names(
            "list_training_jobs", "TrainingJobSummaries", "TrainingJobName"
        )

    def configs(self) -> list[str]:
        return self.names(
            "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"
        )

    def models(self) -> list[str]:
        return self.names("list_models", "Models", "ModelName")

    def endpoints(self) -> list[str]:
        return self.names("list_endpoints", "Endpoints", "EndpointName")
