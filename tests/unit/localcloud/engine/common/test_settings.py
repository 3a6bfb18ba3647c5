from __future__ import annotations

from pathlib import Path

from localcloud.engine.common.settings import configure


def test_engine_keeps_only_what_functions_may_see_and_points_at_itself(
    tmp_path: Path,
) -> None:
    environment = {
        "PATH": "/bin",
        "TOKEN": "secret",
        "AWS_ENDPOINT_URL": "https://aws",
        "AWS_PROFILE": "work",
    }
    configure(environment, 4566, tmp_path)
    assert "TOKEN" not in environment
    assert "AWS_PROFILE" not in environment
    assert (
        environment.items()
        >= {
            "PATH": "/bin",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "MINISTACK_REGION": "us-east-1",
            "STATE_DIR": str(tmp_path / "metadata"),
            "S3_PERSIST": "1",
        }.items()
    )
