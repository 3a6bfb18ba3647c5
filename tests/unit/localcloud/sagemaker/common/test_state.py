from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.environment import LOCAL_STATE
from localcloud.sagemaker.common.state import AwsClients, SageMakerState, Settings
from localcloud.sagemaker.common.store import MODEL, Body, Kind, Store, Tag


class Events:
    """Notes what is announced."""

    def __init__(self) -> None:
        self.sent: list[tuple[Kind, Body, list[Tag]]] = []

    def send(self, kind: Kind, body: Body, tags: list[Tag]) -> None:
        self.sent.append((kind, body, tags))


def test_arns_have_names_in_lower_case() -> None:
    settings = Settings(Path("/state"), region="eu-west-1")
    assert (
        settings.arn("model", "Films")
        == "arn:aws:sagemaker:eu-west-1:000000000000:model/films"
    )


def test_programs_are_led_to_this_sagemaker_and_marked_with_its_folder() -> None:
    environment = Settings(Path("/state"), port=8080).program_environment(
        {"PATH": "/bin", "SECRET": "s"}
    )
    assert environment["AWS_ENDPOINT_URL_SAGEMAKER"] == "http://127.0.0.1:8080"
    assert environment[LOCAL_STATE] == "/state"
    assert "SECRET" not in environment


def test_a_change_is_stamped_and_announced_with_the_tags(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    store.insert(
        MODEL, "m", {"ModelName": "m", "ModelArn": "arn:m", "LastModifiedTime": 0.0}
    )
    store.add_tags("arn:m", [{"Key": "k", "Value": "v"}])
    events: Any = Events()
    state = SageMakerState(Settings(tmp_path), store, AwsClients("us-east-1"), events)
    body = state.change(MODEL, "m", lambda body: body.update(note="new"))
    assert body["note"] == "new"
    assert body["LastModifiedTime"] > 0
    assert events.sent == [(MODEL, body, [{"Key": "k", "Value": "v"}])]
    store.close()


def test_clients_are_made_once_and_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "random")
    clients = AwsClients("us-east-1")
    clients.warm_up()
    assert clients.s3 is clients.s3
    assert clients.logs.meta.endpoint_url == "http://127.0.0.1:1"
