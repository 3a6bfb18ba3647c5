from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import processes, serving_contestants
from benchmarks.processes import ServerProcess
from benchmarks.serving_contestants import CONTESTANTS
from benchmarks.serving_model import Answer
from functions.deploy.requests import model_container
from tests.unit.functions.specs import spec_object


@pytest.mark.parametrize(
    "name",
    [
        *("container", "container-float32", "container-int8", "litserve"),
        *("ours-torch", "ours-float32", "ours-int8"),
    ],
)
def test_answers_of_the_hosting_contract_are_read(name: str) -> None:
    assert json.loads(CONTESTANTS[name].body("a")) == {"inputs": "a"}
    assert CONTESTANTS[name].answer([{"label": "POSITIVE", "score": 0.7}]) == Answer(
        "POSITIVE", 0.7
    )


def test_infinitys_answer_is_its_best_label() -> None:
    response = {
        "data": [
            [{"label": "NEGATIVE", "score": 0.2}, {"label": "POSITIVE", "score": 0.8}]
        ]
    }
    assert CONTESTANTS["infinity"].answer(response) == Answer("POSITIVE", 0.8)


@pytest.mark.parametrize("name", CONTESTANTS)
def test_no_server_makes_its_model_while_it_starts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str | Path]] = []

    @contextmanager
    def started(
        command: list[str | Path], *_: object, **__: object
    ) -> Iterator[ServerProcess]:
        commands.append(command)
        yield ServerProcess(1, time.monotonic())

    @contextmanager
    def container(model: Path, port: int, **_: object) -> Iterator[ServerProcess]:
        commands.append([model, str(port)])
        yield ServerProcess(1, time.monotonic())

    def made() -> Path:
        raise AssertionError("the model is made while the server starts")

    monkeypatch.setattr(serving_contestants, "LOGS", tmp_path)
    monkeypatch.setattr(serving_contestants, "running", started)
    monkeypatch.setattr(processes, "running", started)
    monkeypatch.setattr(serving_contestants, "container", container)
    monkeypatch.setattr(serving_contestants, "_python_of", Path)
    monkeypatch.setattr(serving_contestants, "prepared", made)
    monkeypatch.setattr(serving_contestants, "exported", made)
    monkeypatch.setattr(serving_contestants, "packed", made)
    with CONTESTANTS[name].start(tmp_path, 20_000):
        pass
    assert tmp_path in commands[0]
    assert "20000" in commands[0]


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_the_container_is_called_as_create_model_has_it_called(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables: dict[str, str] = {}

    @contextmanager
    def container(
        *_: object, environment: dict[str, str], **__: object
    ) -> Iterator[ServerProcess]:
        variables.update(environment)
        yield ServerProcess(1, time.monotonic())

    monkeypatch.setattr(serving_contestants, "LOGS", tmp_path)
    monkeypatch.setattr(serving_contestants, "container", container)
    with CONTESTANTS[f"container-{precision}"].start(tmp_path, 20_000):
        pass
    created = model_container(
        spec_object(task="text-classification"),
        image="image",
        archive="s3://b/m",
        region="us-east-1",
    )
    assert variables.items() <= created["Environment"].items()
    assert len(variables) == 3
