"""The environment in which AWS tools reach the local cloud instead of AWS, and never anything else."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from contracts.environment import LOCAL_STATE, ShellVariable
from localcloud.cloud import LocalCloud

REGION = "us-east-1"
ACCESS_KEY = "test"
"""Of the account's root. Its secret is random for each state folder."""
CLEARED_VARIABLES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
)
"""Variables of the user's that would lead a tool to AWS."""
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


def account_keys(cloud: LocalCloud) -> dict[str, str]:
    """What requests to this cloud are signed with."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": cloud.secret,
        "AWS_REGION": REGION,
    }


def aws_variables(cloud: LocalCloud) -> dict[str, str]:
    """What boto3, the AWS CLI, the SAM CLI and the SDKs need to talk to this cloud."""
    return {
        "AWS_ENDPOINT_URL": cloud.engine_url,
        "AWS_ENDPOINT_URL_SAGEMAKER": cloud.sagemaker_url,
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": cloud.sagemaker_url,
        **account_keys(cloud),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _proxy_exceptions(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that lead requests for the loopback past a proxy, where there is one."""
    has_proxy = any(
        environment.get(name) or environment.get(name.upper())
        for name in _PROXY_VARIABLES
    )
    if not has_proxy:
        return {}
    present = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    hosts = [host for host in present.split(",") if host]
    joined = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": joined, "no_proxy": joined}


def tool_environment(
    cloud: LocalCloud, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """For SAM and other tools that this package runs: no profile and no config file of the user's leads them to AWS."""
    base = os.environ if base is None else base
    inherited = {}
    for name, value in base.items():
        if name not in CLEARED_VARIABLES and not name.startswith("AWS_ENDPOINT"):
            inherited[name] = value
    no_file = str(cloud.state / "no-aws-config")
    isolation = {
        "AWS_CONFIG_FILE": no_file,
        "AWS_SHARED_CREDENTIALS_FILE": no_file,
        "SAM_CLI_TELEMETRY": "0",
    }
    return inherited | isolation | aws_variables(cloud) | _proxy_exceptions(base)


def part_environment(
    cloud: LocalCloud, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """For the engine and SageMaker, and so for all they start: by the state folder in it leftovers are found."""
    return tool_environment(cloud, base) | {
        LOCAL_STATE: str(cloud.state),
        "PYTHONUNBUFFERED": "1",
    }


def shell_variables(cloud: LocalCloud) -> dict[str, str]:
    """The way to AWS's services and, where the stack is deployed, to its API."""
    if not cloud.outputs:
        return aws_variables(cloud)
    return aws_variables(cloud) | {
        ShellVariable.BUCKET: cloud.bucket,
        ShellVariable.API_URL: cloud.api_url,
        ShellVariable.API_KEY: cloud.api_key,
    }


def shell_exports(
    cloud: LocalCloud,
    base: Mapping[str, str] | None = None,
    more: Mapping[str, str] = {},
) -> str:
    """Lines for `eval` in any POSIX shell: what `env` prints."""
    variables = shell_variables(cloud) | _proxy_exceptions(
        os.environ if base is None else base
    )
    variables |= more
    lines = [f"unset {' '.join(CLEARED_VARIABLES)}"]
    for name, value in variables.items():
        lines.append(f"export {name}={shlex.quote(value)}")
    return "\n".join(lines)
