"""The environment of the engine: what it keeps of its parent's, and ministack's own settings.

ministack reads its settings when it is imported, so `configure` must run before the first import of it.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from contracts.environment import LOCAL_STATE

REGION = "us-east-1"
VISIBLE_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SHARED_CREDENTIALS_FILE",
        "HOME",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "NO_PROXY",
        "PATH",
        "TMPDIR",
        "USER",
        "no_proxy",
        LOCAL_STATE,
    }
)
"""What functions may see of the machine, beside `AWS_ENDPOINT_URL*`."""
_ENDPOINT_PREFIX = "AWS_ENDPOINT_URL"
_NO_FILE = "/dev/null"
_NO_DOCKER = "unix:///dev/null/docker.sock"


def visible_to_functions(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of `environment` that a function may see."""
    visible = {}
    for name, value in environment.items():
        if name in VISIBLE_VARIABLES or name.startswith(_ENDPOINT_PREFIX):
            visible[name] = value
    return visible


def ministack_settings(
    port: int, state: Path, region: str, iam: bool
) -> dict[str, str]:
    return {
        "AUTH": str(iam).lower(),
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "metadata"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "objects"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": _NO_DOCKER,
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ACCOUNT_CONCURRENCY": "100",
    }


def configure(
    environment: MutableMapping[str, str], port: int, state: Path, *, iam: bool = False
) -> None:
    """Makes `environment` that of the engine. Clients in functions can reach nothing but this machine."""
    inherited = visible_to_functions(environment)
    region = (
        inherited.get("AWS_DEFAULT_REGION") or inherited.get("AWS_REGION") or REGION
    )
    log_level = environment.get("LOG_LEVEL", "WARNING")
    environment.clear()
    environment.update(
        {
            "AWS_CONFIG_FILE": _NO_FILE,
            "AWS_SHARED_CREDENTIALS_FILE": _NO_FILE,
            "AWS_EC2_METADATA_DISABLED": "true",
            **inherited,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "LOG_LEVEL": log_level,
            **ministack_settings(port, state, region, iam),
        }
    )
