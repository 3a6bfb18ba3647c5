from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path

from localcloud.engine.functions.worker_spec import CodeStore, function_environment

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
    first = store.folder(archive(0o755))
    (first / "compiled").touch()
    assert store.folder(archive(0o755)) == first
    assert (first / "compiled").exists()
    assert (first / "bin/tool").stat().st_mode & 0o111
    assert store.folder(archive()) != first


def test_code_unused_for_long_is_removed_at_the_next_start(tmp_path: Path) -> None:
    old = CodeStore(tmp_path / "code").folder(archive())
    os.utime(old, (time.time() - 8 * 86_400,) * 2)
    CodeStore(tmp_path / "code")
    assert not old.exists()


def test_reserved_variables_cannot_be_set_and_the_machines_do_not_show() -> None:
    config = CONFIG | {
        "Environment": {
            "Variables": {"AWS_REGION": "eu-west-1", "MINE": "1", "PATH": "/own"}
        }
    }
    machine = {
        "PATH": "/bin",
        "TOKEN": "secret",
        "AWS_ENDPOINT_URL_SAGEMAKER": "http://x",
    }
    seen = function_environment(
        machine,
        config,
        {"AWS_ACCESS_KEY_ID": "k", "AWS_SESSION_TOKEN": ""},
        "us-east-1",
        "/r",
    )
    assert (seen["AWS_REGION"], seen["MINE"], seen["PATH"]) == (
        "us-east-1",
        "1",
        "/own",
    )
    assert seen["AWS_ENDPOINT_URL_SAGEMAKER"] == "http://x"
    assert not {"TOKEN", "AWS_SESSION_TOKEN"} & set(seen)
