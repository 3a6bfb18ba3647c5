"""Up and down: the plan of each is short, and both can be repeated at any moment."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from contracts import locations
from localcloud import clients, deploy
from localcloud.cloud import ENGINE, PARTS, ROOT, SAGEMAKER, STOP_ORDER, LocalCloud
from localcloud.environment import part_environment
from localcloud.errors import LocalCloudError
from localcloud.packaged_data import BASE_MODEL, packaged_base_model
from localcloud.processes import (
    LeftoverError,
    StopResult,
    end_leftovers,
    find,
    free_port,
    is_listening,
    start,
    stop,
    wait_until_ready,
)
from localcloud.sagemaker_sdk import SETTINGS_FILE

MODULES = {ENGINE: "localcloud.engine", SAGEMAKER: "localcloud.sagemaker"}
OPTIONS = {ENGINE: ("--iam",), SAGEMAKER: ("--iam",)}
"""The stack's roles are limited to their policies here too."""
HEALTH_PATHS = {ENGINE: "/_ministack/health", SAGEMAKER: "/health"}
IMAGES, OWN_LAUNCHERS = "TRAINDROP_IMAGES", "real"
"""A variable of the user's and its value: images are the environments of `make images`, with their own launchers."""
_CONTENTS = {
    *(*PARTS, "cloud.json", "cloud.json.new", "lock", "logs", "build"),
    SETTINGS_FILE,
}
_HEALTH_TIMEOUT_SECONDS = 5
_SECRET_BYTES = 32
Report = Callable[[str], None]
"""Called with what is being done."""


@dataclass
class UpResult:
    """What an `up` did: parts it started, whether it deployed, what the sweep after an interruption answered."""

    started: list[str] = field(default_factory=list)
    deployed: bool = False
    mirrored: int = 0
    sweep: dict[str, Any] | None = None


def is_healthy(cloud: LocalCloud, name: str) -> bool:
    url = cloud.url(name) + HEALTH_PATHS[name]
    try:
        return httpx.get(
            url, timeout=_HEALTH_TIMEOUT_SECONDS, trust_env=False
        ).is_success
    except httpx.HTTPError:
        return False


def is_running(cloud: LocalCloud, name: str) -> bool:
    return find(cloud.processes.get(name)) is not None


# ---- up ------------------------------------------------------------------------------------------------------------


def up(
    cloud: LocalCloud, report: Report, result: UpResult | None = None, root: Path = ROOT
) -> UpResult:
    """Starts what does not run, deploys what changed, uploads what is missing. `result` fills as it goes."""
    result = UpResult() if result is None else result
    was_deployed = bool(cloud.digest)
    report("starting the engine and SageMaker")
    start_parts(cloud, result.started)
    report(
        "checking the stack"
        if was_deployed
        else "building and deploying the stack (the first time takes longest)"
    )
    result.deployed = deploy.deploy(cloud, root)
    if uses_packaged_model(deploy.stack_parameters(cloud, root)):
        report("mirroring the base model")
        result.mirrored = mirror_base_model(cloud, packaged_base_model())
    if result.started and was_deployed:
        report("looking for interrupted runs")
        result.sweep = sweep(cloud)
    return result


def start_parts(cloud: LocalCloud, started: list[str]) -> None:
    """Starts the parts that do not run and adds their names to `started`."""
    if not cloud.secret:
        # Parts of an earlier version may be running, which ask for none.
        down(cloud)
        cloud.secret = secrets.token_urlsafe(_SECRET_BYTES)
    missing = [name for name in PARTS if not is_running(cloud, name)]
    if not missing:
        return
    # Processes left by a killed cloud would hold the ports and the state of the new one.
    end_leftovers(
        cloud.state,
        keep=[
            record for name, record in cloud.processes.items() if name not in missing
        ],
    )
    for name in missing:
        cloud.ports[name] = free_port(cloud.ports.get(name))
    for name in missing:
        _start_part(cloud, name)
        started.append(name)
        cloud.save()
    for name in missing:
        _wait_until_healthy(cloud, name)


def _start_part(cloud: LocalCloud, name: str) -> None:
    command = [sys.executable, "-m", MODULES[name], "--port", str(cloud.ports[name])]
    command += [
        "--state",
        str(cloud.state / name),
        *part_options(name, os.environ, cloud),
    ]
    cloud.processes[name] = start(
        command, part_environment(cloud), cloud.log(name), ROOT
    )


def part_options(
    name: str, environment: Mapping[str, str], cloud: LocalCloud
) -> tuple[str, ...]:
    """Options of a part's command line beside its port and state."""
    options: tuple[str, ...] = OPTIONS.get(name, ())
    if name == SAGEMAKER and environment.get(IMAGES) == OWN_LAUNCHERS:
        options += ("--image-environments", str(ROOT))
    if name == SAGEMAKER and cloud.pass_hf_env:
        options += ("--pass-hf-env",)
    if name == SAGEMAKER and cloud.max_training_jobs:
        options += ("--max-training-jobs", str(cloud.max_training_jobs))
    return options


def _wait_until_healthy(cloud: LocalCloud, name: str) -> None:
    wait_until_ready(
        lambda: is_healthy(cloud, name), cloud.processes[name], name, cloud.log(name)
    )


def uses_packaged_model(parameters: Mapping[str, str]) -> bool:
    """Whether the stack, deployed with these parameters, trains the model that comes as a package."""
    return parameters.get("BaseModel", BASE_MODEL) == BASE_MODEL


def mirror_base_model(
    cloud: LocalCloud, folder: Path, model_id: str = BASE_MODEL
) -> int:
    """Uploads what is not in the bucket's mirror yet. Returns the number of files."""
    prefix = locations.mirror_prefix(model_id)
    client = clients.s3(cloud)
    missing = list(_missing_files(folder, prefix, _object_sizes(cloud, prefix)))
    for path, key in missing:
        client.upload_file(str(path), cloud.bucket, key)
    return len(missing)


def _object_sizes(cloud: LocalCloud, prefix: str) -> dict[str, int]:
    """Key -> size in bytes of the objects under a prefix."""
    sizes = {}
    for page in (
        clients.s3(cloud)
        .get_paginator("list_objects_v2")
        .paginate(Bucket=cloud.bucket, Prefix=prefix)
    ):
        for item in page.get("Contents", []):
            sizes[item["Key"]] = item["Size"]
    return sizes


def _missing_files(
    folder: Path, prefix: str, sizes: Mapping[str, int]
) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        key = prefix + path.relative_to(folder).as_posix()
        if sizes.get(key) != path.stat().st_size:
            yield path, key


def sweep(cloud: LocalCloud) -> dict[str, Any]:
    """Makes the stack end runs whose workflow died and start runs for drops that have none. Returns its answer."""
    answer = clients.lambdas(cloud).invoke(
        FunctionName=cloud.output("SweepFunction"), Payload=b"{}"
    )
    body: dict[str, Any] = json.loads(answer["Payload"].read())
    return {"outcome": "failed", **body} if "FunctionError" in answer else body


# ---- down ----------------------------------------------------------------------------------------------------------


def down(cloud: LocalCloud, parts: Sequence[str] = PARTS) -> StopResult:
    """Ends everything of this state folder, or only `parts` and what they started, and checks that it is gone.

    Raises `LeftoverError`.
    """
    kept = {
        name: record for name, record in cloud.processes.items() if name not in parts
    }
    order = [name for name in STOP_ORDER if name in parts]
    stopped = stop(cloud.processes, order, cloud.state, keep=kept.values())
    _check_ports_are_free(cloud, [name for name in order if name in cloud.processes])
    cloud.processes = kept
    if cloud.ports:
        cloud.save()
    return stopped


def _check_ports_are_free(cloud: LocalCloud, parts: Sequence[str]) -> None:
    ports = [cloud.ports[name] for name in parts]
    addresses = [f"127.0.0.1:{port}" for port in ports if is_listening(port)]
    if addresses:
        raise LeftoverError(
            f"expected nothing to listen on {', '.join(addresses)}; something does, and it is not of this cloud. "
            "Its next `up` takes another port."
        )


def check_purgeable(state: Path) -> None:
    """Raises unless everything in `state` is this package's: a mistyped --state must not cost a home directory."""
    if not state.is_dir():
        return
    strangers = sorted({path.name for path in state.iterdir()} - _CONTENTS)
    if strangers:
        raise LocalCloudError(
            f"expected {state} to hold a local cloud only; found {strangers[0]!r}. Nothing was removed: check --state."
        )


def purge(cloud: LocalCloud) -> None:
    """Removes the state folder: every drop, run and model in it."""
    check_purgeable(cloud.state)
    if cloud.state.exists():
        shutil.rmtree(cloud.state)
