"""Damaged state files stop the engine, and a full or closed disk is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.localcloud.engine.running import KEYS, Engine

SERVICES = ("dynamodb", "stepfunctions", "s3", "lambda")


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "half": half,
    "empty": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),
    "other JSON": lambda content: b"{}",
    "a list": lambda content: b"[1]",
    "a newer format": lambda content: json.dumps(
        json.loads(content) | {"__ministack_format__": 99}
    ).encode(),
    "without sense": lambda content: json.dumps(
        json.loads(content) | {"payload": {"tables": 7, "buckets_meta": 7}}
    ).encode(),
    "not text": lambda content: b"\xff\xfe" + content,
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of an engine that was used."""
    engine = Engine(tmp_path_factory.mktemp("saved") / "state")
    engine.start()
    engine.client("s3").create_bucket(Bucket="bucket")
    dynamodb = engine.client("dynamodb")
    for name in ("ledger", "other"):
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    engine.function("answers", "def handler(event, _): return 1\n")
    engine.machine("machine", {"End": {"Type": "Succeed"}})
    engine.close()
    return engine.state


def start(state: Path) -> subprocess.CompletedProcess[str]:
    """Of an engine that ends by itself."""
    command = [sys.executable, "-m", "localcloud.engine", "--port", "0"]
    return subprocess.run(
        [*command, "--state", str(state)],
        env=os.environ | KEYS,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refused(state: Path, path: Path, content: bytes) -> str:
    """The sentence that a start with this content of a file ends with. The file is as it was afterwards."""
    whole = path.read_bytes()
    path.write_bytes(content)
    try:
        ended = start(state)
        assert path.read_bytes() == content, "never written over"
    finally:
        path.write_bytes(whole)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    [sentence] = [line for line in ended.stderr.splitlines() if "localcloud" in line]
    assert str(path) in sentence
    return sentence


@pytest.mark.parametrize("service", SERVICES)
def test_half_a_file_is_named(saved: Path, service: str) -> None:
    path = saved / "metadata" / f"{service}.json"
    sentence = refused(saved, path, half(path.read_bytes()))
    assert "Nothing was written over it. Put" in sentence
    assert "purge" not in sentence


@pytest.mark.parametrize("kind", DAMAGE)
def test_other_damage_is_named(saved: Path, kind: str) -> None:
    path = saved / "metadata" / "s3.json"
    refused(saved, path, DAMAGE[kind](path.read_bytes()))


def test_the_copy_that_is_named_brings_the_tables_back(own_engine: Engine) -> None:
    dynamodb = own_engine.client("dynamodb")
    dynamodb.create_table(
        TableName="ledger",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(3):
        dynamodb.put_item(TableName="ledger", Item={"pk": {"S": str(number)}})
        own_engine.restart(15)  # type: ignore[arg-type]
    own_engine.end()
    path = own_engine.state / "metadata" / "dynamodb.json"
    path.write_bytes(half(path.read_bytes()))
    sentence = start(own_engine.state).stderr.strip()
    source, target = sentence.rpartition("mv ")[2].split()
    Path(source).replace(target)
    own_engine.start()
    assert own_engine.client("dynamodb").scan(TableName="ledger")["Count"] == 3


def test_a_closed_folder_is_one_sentence(tmp_path: Path) -> None:
    state = tmp_path / "file" / "state"
    state.parent.write_text("")
    ended = start(state)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "choose another folder with --state" in ended.stderr


@pytest.mark.parametrize("device", ["/dev/full"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, device: str) -> None:
    (tmp_path / ".room").symlink_to(device)
    ended = start(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith(
        "found: No space left on device. Make room there, and start again."
    )
