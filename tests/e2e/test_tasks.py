"""Every task in every variant: its example drop goes live through the deployed stack and answers as documented."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from localcloud.packaged_data import BASE_MODEL as MINILM
from localcloud.packaged_data import packaged_base_model
from tasks import Task, every_variant
from tests.e2e.client import ROOT, Cloud, eventually
from tests.e2e.conftest import seed
from tests.tiny_models import BASES
from tools.docs.tasks_page import CALLS, folder_of, name_of

FORMS = list(every_variant())
ALWAYS = ("translation",)
"""What writes: all other end-to-end drops classify texts.

The jobs of every family are run by tests/integration/training/test_forms.py.
"""
RECORD = os.environ.get("TRAINDROP_RECORD")
"""A file that the calls are written to, for `docs/tasks-calls.json`."""
AT_ONCE = 2
SHOWN = 4
PRETRAINED = ("text-classification",)
"""Forms whose example only a model can learn that has read before: 60 sentences of real life."""
LENIENT_GATE = "gate: {min_gain: -1, reference: ignore}\n"
"""A tiny model of a few steps on a few rows need not be better than a simple method beyond chance."""


@pytest.fixture(scope="module")
def bases(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tiny models in the places of the tasks' own base models."""
    seed_bases(cloud, tmp_path_factory)


def seed_bases(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> None:
    for model_id, build in BASES.items():
        seed(cloud, model_id, build(tmp_path_factory.mktemp("base")))
    seed(cloud, MINILM, packaged_base_model())


@pytest.fixture(scope="module")
def runs(
    cloud: Cloud, bases: None, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[dict[str, Any]]]]:
    """Form -> its example's run, of the forms that are tested."""
    with run_examples(cloud, request) as runs:
        yield runs


@contextmanager
def run_examples(
    cloud: Cloud, request: pytest.FixtureRequest, timeout: float = 280
) -> Iterator[dict[str, Future[dict[str, Any]]]]:
    """Drops the examples of a module's tests, two at a time: a training wants a core of its own."""
    tests = [item for item in request.session.items if item.path == request.path]
    forms: list[Task] = [test.callspec.params["form"] for test in tests]  # type: ignore[attr-defined]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            name_of(form): pool.submit(drop_example, cloud, form, timeout)
            for form in forms
        }


def drop_example(cloud: Cloud, form: Task, timeout: float = 280) -> dict[str, Any]:
    folder = ROOT / "examples" / folder_of(form)
    model = model_of(form)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            cloud.drop(model, path.read_bytes(), path.relative_to(folder).as_posix())
    own_settings = folder / "traindrop.yaml"
    settings = own_settings.read_text("utf-8") if own_settings.exists() else ""
    if name_of(form) in PRETRAINED:
        settings += f"base_model: {MINILM}\n"
    cloud.drop(model, f"{settings}{LENIENT_GATE}".encode(), "traindrop.yaml")
    return cloud.ended(model, timeout=timeout)


def model_of(form: Task) -> str:
    return f"example-{folder_of(form)}"


def _param(form: Task) -> Any:
    marks = () if name_of(form) in ALWAYS else pytest.mark.slow
    return pytest.param(form, id=name_of(form), marks=marks)


@pytest.mark.parametrize("form", [_param(form) for form in FORMS])
def test_the_example_goes_live_and_answers(
    form: Task, runs: dict[str, Future[dict[str, Any]]], cloud: Cloud
) -> None:
    check_live_model(cloud, form, runs[name_of(form)].result())
    if form.name == "text-generation":
        check_streams(cloud, form)
    delete_endpoint(cloud, model_of(form))


def check_live_model(cloud: Cloud, form: Task, record: dict[str, Any]) -> None:
    """That a run of the form's example went live, and that its model answers as documented."""
    assert record["status"] == "live", record
    assert (record["task"], record["data"].get("variant", "")) == (
        form.name,
        form.variant,
    )
    evaluation = record["evaluation"]
    assert set(form.metrics) <= set(evaluation["model"])
    assert (
        evaluation["model"][form.metric]
        > evaluation["baselines"]["trivial"]["metrics"][form.metric]
    )
    assert record["deployment"]["verification"]["rows"] > 0
    request, response = _call(cloud, form)
    fastjsonschema.validate(form.request_schema, request)
    fastjsonschema.validate(form.response_schema, response)
    if RECORD:
        _record(Path(RECORD), form, request, response)
    else:
        documented = json.loads(CALLS.read_text("utf-8"))[name_of(form)]
        assert _shape(documented["response"]) == _shape(_cut(response))


def check_streams(cloud: Cloud, form: Task) -> None:
    """That a text comes as events too, and in the shapes of OpenAI's API."""
    model = model_of(form)
    body = {"inputs": "Once", "parameters": {"max_new_tokens": 4}, "stream": True}
    answer = cloud.http.post(f"/models/{model}/predict", json=body)
    assert answer.headers["content-type"] == "text/event-stream"
    last = json.loads(answer.text.strip().split("\n\n")[-1].removeprefix("data: "))
    assert last["details"]["generated_tokens"] == 4
    completion = {"model": model, "prompt": "Once", "max_tokens": 4}
    answer = cloud.http.post("/v1/completions", json=completion)
    assert answer.json()["choices"][0]["text"] == last["generated_text"][4:]
    if form.variant == "chat":
        chat = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
        answer = cloud.http.post("/v1/chat/completions", json=chat | {"stream": True})
        assert answer.text.endswith("data: [DONE]\n\n")
    listed = cloud.http.get("/v1/models").json()["data"]
    assert model in [entry["id"] for entry in listed]


def _call(cloud: Cloud, form: Task) -> tuple[Any, Any]:
    """A held-out row of the drop, sent over HTTP."""
    page = cloud.http.get(f"/models/{model_of(form)}").json()
    run = page["champion"]
    verified = cloud.s3.get_object(
        Bucket=cloud.bucket, Key=f"models/{run}/verification.json"
    )["Body"].read()
    request = json.loads(verified)["rows"][0]["request"]
    answer = cloud.predict(model_of(form), **request)
    assert answer.status_code == 200, answer.text
    return request, answer.json()


def _shape(value: Any) -> Any:
    """The kinds of a value's parts; of a list, that of its first."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


def _record(path: Path, form: Task, request: Any, response: Any) -> None:
    calls = json.loads(path.read_text("utf-8")) if path.exists() else {}
    calls[name_of(form)] = {"request": _cut(request), "response": _cut(response)}
    path.write_text(json.dumps(calls, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _cut(value: Any) -> Any:
    """Vectors shortened to their first numbers, for the page."""
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    if isinstance(value, list) and len(value) > SHOWN and isinstance(value[0], float):
        return [*value[:SHOWN], f"… {len(value)} numbers"]
    return [_cut(item) for item in value] if isinstance(value, list) else value


def delete_endpoint(cloud: Cloud, model: str) -> None:
    assert cloud.http.delete(f"/models/{model}/endpoint").status_code == 200
    eventually(
        f"the endpoint of {model} is gone",
        lambda: not _has_endpoint(cloud, model),
        timeout=30,
    )


def _has_endpoint(cloud: Cloud, model: str) -> bool:
    return bool(cloud.http.get(f"/models/{model}").json()["status"] != "none")
