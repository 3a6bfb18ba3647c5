"""The stack gets into the local cloud by the real SAM CLI. This module decides whether it has to, and with what.

`sam build` and `sam deploy` run only when the sources, the parameters or the stack itself changed: `source_digest` of
everything that the stack is built from is kept next to the outputs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import signal
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from contracts.environment import LOCAL_STATE
from localcloud import clients
from localcloud.cloud import ROOT, LocalCloud
from localcloud.environment import tool_environment
from localcloud.errors import tail
from localcloud.sam import DeployError, sam_command

CONFIG_FILE = "localcloud/samconfig.toml"
"""SAM's configuration for the local cloud: `samconfig.toml` at the top is the user's own, for AWS."""
CONFIG = "default"
"""The environment of it that SAM takes."""
SOURCES = (
    "template.yaml",
    CONFIG_FILE,
    "Makefile",
    "tools/package.py",
    "tools/source_modules.py",
    "statemachine",
    "functions",
    "console",
    "contracts",
    "deployment_modes",
    "tasks",
    "training",
    "inference",
)
"""Files and folders that the stack is built from."""
ENDPOINT_PARAMETER = "LocalEndpoint"
_DEPLOYED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_NEVER_CREATED = {
    "REVIEW_IN_PROGRESS",
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
}
_SHOWN_LOG_LINES = 30
_TERMINATE_SECONDS = 3


LOCAL_DEFAULTS = {"SpotWaitMinutes": "1440"}
"""A job waits for those before it on this machine; one of another instance type would wait for the same machine."""


def deploy(cloud: LocalCloud, root: Path = ROOT) -> bool:
    """Brings the stack up to date and its outputs into `cloud`. False if nothing had to be done.

    Raises `DeployError`.
    """
    name = stack_name(root)
    parameters = stack_parameters(cloud, root)
    digest = source_digest(root, parameters)
    status, outputs = describe_stack(cloud, name)
    if status in _DEPLOYED and cloud.digest == digest:
        _save_outputs(cloud, digest, outputs)
        return False
    if status in _NEVER_CREATED:
        # A first deployment that was interrupted or failed cannot be updated, and holds nothing yet.
        clients.cloudformation(cloud).delete_stack(StackName=name)
    run_sam(cloud, root, parameters)
    status, outputs = describe_stack(cloud, name)
    if status not in _DEPLOYED:
        raise DeployError(
            f"expected the stack {name!r} deployed; found {status or 'none'}. See {cloud.log('deploy')}."
        )
    _save_outputs(cloud, digest, outputs)
    return True


def describe_stack(cloud: LocalCloud, name: str) -> tuple[str, dict[str, str]]:
    """Status and outputs. The status is empty where there is no such stack."""
    try:
        stack = clients.cloudformation(cloud).describe_stacks(StackName=name)["Stacks"][
            0
        ]
    except (ClientError, IndexError):
        return "", {}
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for output in stack.get("Outputs", [])
    }
    return stack["StackStatus"], outputs


def _save_outputs(cloud: LocalCloud, digest: str, outputs: dict[str, str]) -> None:
    cloud.digest, cloud.outputs = digest, outputs
    if "ManageKeyId" in outputs:
        key = clients.apigateway(cloud).get_api_key(
            apiKey=outputs["ManageKeyId"], includeValue=True
        )
        cloud.api_key = key["value"]
    cloud.save()


# ---- what the stack is built from ----------------------------------------------------------------------------------


def source_digest(
    root: Path, parameters: Mapping[str, str], sources: Sequence[str] = SOURCES
) -> str:
    """Changes with the name or content of any source file, and with any parameter."""
    digest = hashlib.sha256()
    for path in _source_files(root, sources):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()}\0{content}\n".encode())
    digest.update(repr(sorted(parameters.items())).encode())
    return digest.hexdigest()


def _source_files(root: Path, sources: Sequence[str]) -> Iterator[Path]:
    for source in sources:
        path = root / source
        candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in candidates:
            if (
                file.is_file()
                and "__pycache__" not in file.parts
                and not file.name.startswith(".")
            ):
                yield file


def _sam_config(root: Path, command: str) -> dict[str, Any]:
    """The parameters of a SAM command in the configuration, the global ones included."""
    config: dict[str, Any] = tomllib.loads((root / CONFIG_FILE).read_text())[CONFIG]
    shared: dict[str, Any] = config.get("global", {}).get("parameters", {})
    own: dict[str, Any] = config.get(command, {}).get("parameters", {})
    return shared | own


def configured_parameters(root: Path) -> dict[str, str]:
    """`parameter_overrides` of `deploy`, a string or a list, as SAM reads them."""
    overrides = _sam_config(root, "deploy").get("parameter_overrides", "")
    pairs = (
        shlex.split(overrides)
        if isinstance(overrides, str)
        else [str(pair) for pair in overrides]
    )
    return dict(pair.split("=", 1) for pair in pairs)


def stack_name(root: Path) -> str:
    return str(_sam_config(root, "deploy")["stack_name"])


def stack_parameters(cloud: LocalCloud, root: Path = ROOT) -> dict[str, str]:
    """What the stack is deployed with: the configured parameters, then the user's, then where the cloud is."""
    return (
        LOCAL_DEFAULTS
        | configured_parameters(root)
        | cloud.parameters
        | {ENDPOINT_PARAMETER: cloud.engine_url}
    )


# ---- the SAM CLI ---------------------------------------------------------------------------------------------------


def run_sam(cloud: LocalCloud, root: Path, parameters: Mapping[str, str]) -> None:
    """`sam build`, then `sam deploy`. Raises `DeployError` with the end of the log."""
    sam, build_folder = sam_command(root), cloud.state / "build" / "stack"
    config = ["--config-file", str(root / CONFIG_FILE)]
    _run(cloud, root, [sam, "build", *config, "--build-dir", str(build_folder)])
    template = ["--template-file", str(build_folder / "template.yaml")]
    overrides = [
        f"{name}={_quoted(value)}" for name, value in sorted(parameters.items())
    ]
    command = [sam, "deploy", *config, *template, "--no-progressbar"]
    _run(cloud, root, [*command, "--parameter-overrides", *overrides])


def _quoted(value: str) -> str:
    """As SAM wants a value that may be empty or hold blanks."""
    return '"' + value.replace('"', '\\"') + '"'


def _run(cloud: LocalCloud, root: Path, command: Sequence[str]) -> None:
    """One SAM command, its output in the deploy log, in a process group of its own so that all of it can be ended."""
    log = cloud.log("deploy")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"\n$ {shlex.join(command)}\n".encode())
        output.flush()
        child = subprocess.Popen(
            command,
            cwd=root,
            env=tool_environment(cloud) | {LOCAL_STATE: str(cloud.state)},
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
        log_end = tail(log, _SHOWN_LOG_LINES)
        raise DeployError(
            f"`sam {command[1]}` ended with {code}. The end of {log}:\n{log_end}"
        )


def _end_group(child: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_TERMINATE_SECONDS)
