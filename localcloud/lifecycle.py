"""Up and down: the plan of each is short, and both can be repeated at any moment."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from localcloud import deploy, seed
from localcloud.cloud import ENGINE, PARTS, ROOT, SAGEMAKER, STOPPING, Cloud
from localcloud.environment import part_environment
from localcloud.errors import LocalCloudError
from localcloud.processes import (
    LeftoverError,
    Stopped,
    end_leftovers,
    find,
    free_port,
    listening,
    start,
    stop,
    wait_until,
)

MODULES = {ENGINE: "localcloud.engine", SAGEMAKER: "localcloud.sagemaker"}
OPTIONS = {ENGINE: ("--iam",)}
"""The stack's roles are held to their policies here too."""
HEALTH = {ENGINE: "/_ministack/health", SAGEMAKER: "/health"}
_CONTENTS = {*PARTS, "cloud.json", "cloud.json.new", "lock", "logs", "build"}
Say = Callable[[str], None]


@dataclass
class Raised:
    """What an `up` did: parts it started, whether it deployed, what the sweep after an interruption answered."""

    started: list[str] = field(default_factory=list)
    deployed: bool = False
    mirrored: int = 0
    swept: dict[str, object] | None = None


def healthy(cloud: Cloud, part: str) -> bool:
    try:
        return httpx.get(cloud.url(part) + HEALTH[part], timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def running(cloud: Cloud, part: str) -> bool:
    return find(cloud.processes.get(part)) is not None


def _start_parts(cloud: Cloud, started: list[str]) -> None:
    missing = [part for part in PARTS if not running(cloud, part)]
    if missing:
        # What a killed life left behind would hold the ports and the state of the new one.
        end_leftovers(cloud.state, keep=[record for part, record in cloud.processes.items() if part not in missing])
    for part in missing:
        cloud.ports[part] = free_port(cloud.ports.get(part))
    for part in missing:
        command = [sys.executable, "-m", MODULES[part], "--port", str(cloud.ports[part])]
        command += ["--state", str(cloud.state / part), *OPTIONS.get(part, ())]
        cloud.processes[part] = start(command, part_environment(cloud), cloud.log(part), ROOT)
        started.append(part)
        cloud.save()
    for part in missing:
        wait_until(lambda part=part: healthy(cloud, part), cloud.processes[part], part, cloud.log(part))  # type: ignore[misc]


def up(cloud: Cloud, say: Say, raised: Raised | None = None, root: Path = ROOT) -> Raised:
    """Starts what does not run, deploys what changed, seeds what is missing. `raised` fills as it goes."""
    raised = Raised() if raised is None else raised
    lived_before = bool(cloud.digest)
    say("starting the engine and SageMaker")
    _start_parts(cloud, raised.started)
    say("checking the stack" if lived_before else "building and deploying the stack (the first time takes longest)")
    raised.deployed = deploy.deploy(cloud, root)
    if seed.wants_mirror(deploy.stack_parameters(cloud, root)):
        say("mirroring the base model")
        raised.mirrored = seed.mirror_base_model(cloud, seed.packaged_base_model())
    if raised.started and lived_before:
        say("looking for interrupted runs")
        raised.swept = seed.sweep(cloud)
    return raised


def down(cloud: Cloud, parts: Sequence[str] = PARTS) -> Stopped:
    """Ends everything of this state directory, or only `parts` and what they started, and proves it."""
    kept = {part: record for part, record in cloud.processes.items() if part not in parts}
    order = [part for part in STOPPING if part in parts]
    stopped = stop(cloud.processes, order, cloud.state, keep=kept.values())
    if deaf := [
        f"127.0.0.1:{cloud.ports[part]}" for part in order if part in cloud.processes and listening(cloud.ports[part])
    ]:
        raise LeftoverError(
            f"expected nothing to listen on {', '.join(deaf)}; something does, and it is not of this cloud. "
            "Its next `up` takes another port."
        )
    cloud.processes = kept
    if cloud.ports:
        cloud.save()
    return stopped


def check_purgeable(state: Path) -> None:
    """Raises unless everything in `state` is this package's: a mistyped --state must not cost a home directory."""
    strangers = sorted({path.name for path in state.iterdir()} - _CONTENTS) if state.is_dir() else []
    if strangers:
        raise LocalCloudError(
            f"expected {state} to hold a local cloud only; found {strangers[0]!r}. Nothing was removed: check --state."
        )


def purge(cloud: Cloud) -> None:
    """Removes the state directory: every drop, run and model in it."""
    check_purgeable(cloud.state)
    if cloud.state.exists():
        shutil.rmtree(cloud.state)
