from __future__ import annotations

import io
import json
import os
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from localcloud.engine.functions import bootstrap
from localcloud.engine.functions.bootstrap import FunctionError
from localcloud.engine.functions.code import CodeStore
from localcloud.engine.functions.worker_spec import function_environment
from localcloud.engine.settings import configure

CONFIG = {"FunctionName": "f", "Handler": "app.handler", "Runtime": "python3.13"}


def archive(mode: int = 0o644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        entry = zipfile.ZipInfo("bin/tool")
        entry.external_attr = mode << 16
        bundle.writestr(entry, "#!/bin/sh")
    return buffer.getvalue()


def test_code_is_unpacked_once_and_keeps_executables(tmp_path: Path) -> None:
    store = CodeStore(tmp_path / "code")
    first = store.directory(archive(0o755))
    (first / "compiled").touch()
    assert store.directory(archive(0o755)) == first
    assert (first / "compiled").exists()
    assert (first / "bin/tool").stat().st_mode & 0o111
    assert store.directory(archive()) != first


def test_code_unused_for_long_is_removed_at_the_next_start(tmp_path: Path) -> None:
    old = CodeStore(tmp_path / "code").directory(archive())
    os.utime(old, (time.time() - 8 * 86_400,) * 2)
    CodeStore(tmp_path / "code")
    assert not old.exists()


def test_reserved_variables_cannot_be_set_and_the_machines_do_not_show() -> None:
    config = CONFIG | {"Environment": {"Variables": {"AWS_REGION": "eu-west-1", "MINE": "1", "PATH": "/own"}}}
    machine = {"PATH": "/bin", "TOKEN": "secret", "AWS_ENDPOINT_URL_SAGEMAKER": "http://x"}
    seen = function_environment(machine, config, {"AWS_ACCESS_KEY_ID": "k", "AWS_SESSION_TOKEN": ""}, "us-east-1", "/r")
    assert (seen["AWS_REGION"], seen["MINE"], seen["PATH"]) == ("us-east-1", "1", "/own")
    assert seen["AWS_ENDPOINT_URL_SAGEMAKER"] == "http://x"
    assert not {"TOKEN", "AWS_SESSION_TOKEN"} & set(seen)


def test_engine_keeps_only_what_functions_may_see_and_points_at_itself(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "TOKEN": "secret", "AWS_ENDPOINT_URL": "https://aws", "AWS_PROFILE": "work"}
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


def test_answers_are_encoded_as_lambda_does() -> None:
    assert json.loads(bootstrap.encode({"n": Decimal("0.5"), "t": "ü"})) == {"n": 0.5, "t": "ü"}
    with pytest.raises(FunctionError, match="Object of type set is not JSON serializable") as refused:
        bootstrap.encode({1})
    assert refused.value.error_type == "Runtime.MarshalError"
    with pytest.raises(FunctionError, match="exceeded maximum allowed payload size \\(6291556 bytes\\)"):
        bootstrap.encode("x" * bootstrap.RESPONSE_LIMIT)
