"""What leads tools to the local cloud, and keeps them from AWS."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from contracts.environment import LOCAL_STATE
from localcloud import sagemaker_sdk
from localcloud.environment import part_environment, shell_exports, tool_environment
from tests.unit.localcloud.test_cloud import filled

PROFILE = {
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
}


def evaluated(exports: str, name: str) -> str:
    """The variable as a real shell has it after `eval`."""
    script = f'{exports}\nprintf %s "${name}"'
    return subprocess.run(
        ["/bin/sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=PROFILE,
    ).stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4001"),
        ("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:4002"),
        ("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "http://127.0.0.1:4002"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "random"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("TRAINDROP_BUCKET", "b"),
        ("TRAINDROP_API_URL", "http://127.0.0.1:4001/_aws/execute-api/a1/live"),
        ("TRAINDROP_API_KEY", "it's $HOME"),
        ("AWS_PROFILE", ""),
        ("AWS_SESSION_TOKEN", ""),
    ],
)
def test_a_shell_that_evaluates_the_exports_has(
    tmp_path: Path, name: str, value: str
) -> None:
    cloud = filled(tmp_path)
    cloud.api_key = "it's $HOME"
    assert evaluated(shell_exports(cloud, PROFILE), name) == value


def test_without_a_stack_there_is_no_api_to_export(tmp_path: Path) -> None:
    cloud = filled(tmp_path)
    cloud.outputs = {}
    exports = shell_exports(cloud, PROFILE, sagemaker_sdk.variables(cloud))
    assert "TRAINDROP" not in exports
    settings = evaluated(exports, "SAGEMAKER_USER_CONFIG_OVERRIDE")
    assert settings == str(cloud.state / "sagemaker-sdk.yaml")


def test_the_exports_are_one_a_line_and_nothing_else(tmp_path: Path) -> None:
    lines = shell_exports(filled(tmp_path), {}).splitlines()
    assert all(line.startswith(("export ", "unset ")) for line in lines)


def test_the_marker_of_processes_never_reaches_a_users_shell(tmp_path: Path) -> None:
    assert LOCAL_STATE not in shell_exports(filled(tmp_path), {})


def test_behind_a_proxy_the_loopback_is_excepted(tmp_path: Path) -> None:
    behind = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "intra.example.com"}
    assert (
        evaluated(shell_exports(filled(tmp_path), behind), "NO_PROXY")
        == "intra.example.com,127.0.0.1,localhost"
    )


def test_no_profile_key_or_endpoint_of_the_user_reaches_a_tool(tmp_path: Path) -> None:
    environment = tool_environment(filled(tmp_path), PROFILE)
    assert "AWS_PROFILE" not in environment
    assert "AWS_ENDPOINT_URL_S3" not in environment
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert not Path(environment["AWS_CONFIG_FILE"]).exists()
    assert environment["PATH"] == "/bin"


def test_parts_carry_the_state_directory_as_their_marker(tmp_path: Path) -> None:
    assert part_environment(filled(tmp_path), {})[LOCAL_STATE] == str(
        tmp_path.resolve()
    )
