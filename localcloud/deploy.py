"""The stack gets into the local cloud by the real SAM CLI; this module decides whether it has to, and with what.

`sam build` and `sam deploy` run only when the sources, the parameters or the stack itself changed: `source_digest` of
everything that the stack is built from is kept next to the outputs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud import clients
from localcloud.cloud import ROOT, Cloud
from localcloud.environment import MARKER, tool_environment
from localcloud.errors import LocalCloudError, tail

CONFIG = "local"
SOURCES = (
    "template.yaml",
    "samconfig.toml",
    "Makefile",
    "statemachine",
    "functions",
    "contracts",
    "deployment_modes",
    "tasks",
    "training",
    "inference",
)
ENDPOINT_PARAMETER = "LocalEndpoint"
_DEPLOYED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_NEVER_MADE = {"REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


class DeployError(LocalCloudError):
    """The SAM CLI is missing, or failed."""


def _files(root: Path, sources: Sequence[str]) -> Iterator[Path]:
    for source in sources:
        path = root / source
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (f for f in found if f.is_file() and "__pycache__" not in f.parts and not f.name.startswith("."))


def source_digest(root: Path, parameters: dict[str, str], sources: Sequence[str] = SOURCES) -> str:
    """Changes with the name or content of any source file, and with any parameter."""
    digest = hashlib.sha256()
    for path in _files(root, sources):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    digest.update(repr(sorted(parameters.items())).encode())
    return digest.hexdigest()


def _config(root: Path, command: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((root / "samconfig.toml").read_text())[CONFIG]
    return {
        **table.get("global", {}).get("parameters", {}),
        **table.get(command, {}).get("parameters", {}),
    }


def configured_parameters(root: Path) -> dict[str, str]:
    """`parameter_overrides` of `[local]`, as a string or a list, as SAM reads them."""
    given = _config(root, "deploy").get("parameter_overrides", "")
    pairs = shlex.split(given) if isinstance(given, str) else [str(pair) for pair in given]
    return dict(pair.split("=", 1) for pair in pairs)


def stack_name(root: Path) -> str:
    return str(_config(root, "deploy")["stack_name"])


def stack_parameters(cloud: Cloud, root: Path = ROOT) -> dict[str, str]:
    """What the stack is deployed with: samconfig's, then the user's, then where the cloud is."""
    return configured_parameters(root) | cloud.parameters | {ENDPOINT_PARAMETER: cloud.engine_url}


def describe_stack(cloud: Cloud, name: str) -> tuple[str, dict[str, str]]:
    """Status and outputs; an empty status where there is no such stack."""
    try:
        stack = clients.cloudformation(cloud).describe_stacks(StackName=name)["Stacks"][0]
    except (ClientError, IndexError):
        return "", {}
    return stack["StackStatus"], {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}


def deploy(cloud: Cloud, root: Path = ROOT, force: bool = False) -> bool:
    """Brings the stack up to date and its outputs into `cloud`; False if nothing had to be done."""
    name = stack_name(root)
    parameters = stack_parameters(cloud, root)
    digest = source_digest(root, parameters)
    status, outputs = describe_stack(cloud, name)
    if status in _DEPLOYED and cloud.digest == digest and not force:
        _remember(cloud, digest, outputs)
        return False
    if status in _NEVER_MADE:
        # A first deployment that was interrupted or failed cannot be updated, and holds nothing yet.
        clients.cloudformation(cloud).delete_stack(StackName=name)
    run_sam(cloud, root, parameters)
    status, outputs = describe_stack(cloud, name)
    if status not in _DEPLOYED:
        raise DeployError(f"expected the stack {name!r} deployed; found {status or 'none'}. See {cloud.log('deploy')}.")
    _remember(cloud, digest, outputs)
    return True


def _remember(cloud: Cloud, digest: str, outputs: dict[str, str]) -> None:
    cloud.digest, cloud.outputs = digest, outputs
    if "ApiKeyId" in outputs:
        key = clients.apigateway(cloud).get_api_key(apiKey=outputs["ApiKeyId"], includeValue=True)
        cloud.api_key = key["value"]
    cloud.save()


def sam_command(root: Path) -> str:
    """The SAM CLI of the tools environment, else the one on PATH."""
    own = root / ".venv-aws" / "bin" / "sam"
    found = str(own) if own.exists() else shutil.which("sam")
    if not found:
        raise DeployError(f"expected the SAM CLI at {own} or on PATH; found neither. Run `make setup`.")
    return found


def run_sam(cloud: Cloud, root: Path, parameters: dict[str, str]) -> None:
    """`sam build`, then `sam deploy`; raises `DeployError` with the end of the log."""
    sam, build = sam_command(root), cloud.state / "build" / "stack"
    _run(cloud, root, [sam, "build", "--config-env", CONFIG, "--build-dir", str(build)])
    places = ["--config-file", str(root / "samconfig.toml"), "--template-file", str(build / "template.yaml")]
    overrides = [f"{name}={_quoted(value)}" for name, value in sorted(parameters.items())]
    deploy_it = [sam, "deploy", "--config-env", CONFIG, *places, "--no-progressbar"]
    _run(cloud, root, [*deploy_it, "--parameter-overrides", *overrides])


def _quoted(value: str) -> str:
    """As SAM wants a value that may be empty or hold blanks."""
    return '"' + value.replace('"', '\\"') + '"'


def _run(cloud: Cloud, root: Path, command: list[str]) -> None:
    """One SAM command, its output in the deploy log, in a process group of its own so that all of it can be ended."""
    log = cloud.log("deploy")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"\n$ {shlex.join(command)}\n".encode())
        output.flush()
        child = subprocess.Popen(
            command,
            cwd=root,
            env=tool_environment(cloud) | {MARKER: str(cloud.state)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            code = child.wait()
        except BaseException:
            _end_group(child)
            raise
    if code:
        raise DeployError(f"`sam {command[1]}` ended with {code}. The end of {log}:\n{tail(log, 30)}")


def _end_group(child: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(3)
