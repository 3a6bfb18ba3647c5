"""The environment in which AWS tools reach the local cloud instead of AWS, and never anything else."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from contracts.environment import LOCAL_STATE, ShellVariable
from localcloud.cloud import Cloud

MARKER = LOCAL_STATE
"""Set to the state directory in everything the cloud starts, so that leftovers can be found; never set in a shell."""
MARKERS = (MARKER, "LOCALCLOUD_SAGEMAKER_STATE")
"""The local SageMaker gives its jobs and model servers a clean environment, with a marker of its own."""
REGION = "us-east-1"
FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def aws_variables(cloud: Cloud) -> dict[str, str]:
    """What boto3, the AWS CLI, the SAM CLI and the SDKs need to talk to this cloud."""
    return {
        "AWS_ENDPOINT_URL": cloud.engine_url,
        "AWS_ENDPOINT_URL_SAGEMAKER": cloud.sagemaker_url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": cloud.sagemaker_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Loopback past a proxy, where there is one."""
    if not any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES):
        return {}
    present = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    hosts = [host for host in present.split(",") if host]
    joined = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": joined, "no_proxy": joined}


def tool_environment(cloud: Cloud, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """For SAM and other tools run by this package: no profile, no config file of the user's can lead them to AWS."""
    base = os.environ if base is None else base
    kept = {name: value for name, value in base.items() if name not in FOREIGN and not name.startswith("AWS_ENDPOINT")}
    nowhere = str(cloud.state / "no-aws-config")
    isolated = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "SAM_CLI_TELEMETRY": "0"}
    return kept | isolated | aws_variables(cloud) | _without_proxy(base)


def part_environment(cloud: Cloud, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """For the engine and SageMaker, and so for all they start."""
    return tool_environment(cloud, base) | {MARKER: str(cloud.state), "PYTHONUNBUFFERED": "1"}


def shell_variables(cloud: Cloud) -> dict[str, str]:
    """What `env` prints."""
    return aws_variables(cloud) | {
        ShellVariable.BUCKET: cloud.bucket,
        ShellVariable.API_URL: cloud.api_url,
        ShellVariable.API_KEY: cloud.api_key,
    }


def shell_exports(cloud: Cloud, base: Mapping[str, str] | None = None) -> str:
    """Lines for `eval` in any POSIX shell."""
    variables = shell_variables(cloud) | _without_proxy(os.environ if base is None else base)
    exports = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
    return "\n".join((f"unset {' '.join(FOREIGN)}", *exports))
