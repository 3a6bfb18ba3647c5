from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from inference.archive import load
from inference.model.environment import Environment
from inference.protocols.errors import InvocationError
from inference.service import NOTES_HEADER, Call, Service
from tests.tiny_model import POSITIONS
from tests.unit.inference.answers import assert_close, error, post
from tests.unit.inference.model_folder import add_code, add_shim

BASIC = """
def model_fn(model_dir): return model_dir
def input_fn(body, content_type): return [type(body).__name__, content_type]
def predict_fn(data, model): return data + [model]
"""


@pytest.fixture(scope="module")
def service(tiny_model: Path) -> Service:
    return load(tiny_model)


def test_invoke_answers_json(service: Service) -> None:
    (answer,) = json.loads(service.invoke(b'{"inputs": "a good film"}'))
    assert sorted(answer) == ["label", "score"]


def test_invoke_raises_what_the_server_would_answer(service: Service) -> None:
    with pytest.raises(
        InvocationError, match=r"^422: inputs: expected a text"
    ) as caught:
        service.invoke(b'{"inputs": 1}')
    assert caught.value.status == 422


def test_text_of_pair_may_stand_without_inputs(service: Service) -> None:
    assert post(service, {"text": "a", "text_pair": "b"}).status == 200


def test_csv_in_csv_out(service: Service) -> None:
    body = service.invoke(
        b"inputs\na good film\nbad\n", "text/csv", "text/csv"
    ).decode()
    assert [line.split(",")[0] for line in body.splitlines()][:1] == ["label"]
    assert len(body.splitlines()) == 3


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "text",
            "expected an object with the field inputs; found 'text'. Send {\"inputs\": …}.",
        ),
        (
            ["text"],
            'expected an object with the field inputs; found a list. Send {"inputs": …}.',
        ),
        (
            {},
            'inputs: expected the field inputs; found an empty object. Send {"inputs": …}.',
        ),
        (
            {"input": "a"},
            "inputs: expected the field inputs; found only 'input'. Send {\"inputs\": …}.",
        ),
        (
            {"inputs": "a", "n": 1},
            "n: expected only the fields inputs and parameters; found 'n'. Remove it.",
        ),
        (
            {"inputs": "a", "parameters": 3},
            "parameters: expected an object; found the number 3. Send {} or nothing.",
        ),
    ],
)
def test_wrong_fields_are_named(service: Service, value: Any, message: str) -> None:
    assert error(post(service, value)) == (422, "InvalidRequest", message)


def test_parameters_may_be_null(service: Service) -> None:
    assert post(service, {"inputs": "a", "parameters": None}).status == 200


@pytest.mark.parametrize(
    ("call", "status", "kind"),
    [
        ({"content_type": "text/html"}, 415, "UnsupportedMediaType"),
        ({"content_type": None}, 415, "UnsupportedMediaType"),
        ({"accept": "text/html"}, 406, "NotAcceptable"),
    ],
)
def test_media_types_are_checked(
    service: Service, call: dict[str, Any], status: int, kind: str
) -> None:
    assert error(post(service, {"inputs": "a"}, **call))[:2] == (status, kind)


def test_truncation_is_told_in_the_header_sagemaker_passes_on(service: Service) -> None:
    reply = post(
        service, {"inputs": ["good " * POSITIONS, "short", "bad " * POSITIONS]}
    )
    assert reply.headers == {NOTES_HEADER: "truncated=2"}
    assert post(service, {"inputs": "short"}).headers == {}


def test_calls_answered_together_are_answered_as_alone(service: Service) -> None:
    values: list[Any] = [
        {"inputs": "a"},
        {"inputs": 3},
        {"inputs": ["good " * 40, "b"], "parameters": {"top_k": None}},
        {"inputs": []},
        {"inputs": "good", "parameters": {"function_to_apply": "none"}},
    ]
    calls = [Call(json.dumps(value).encode()) for value in values] + [
        Call(b"{"),
        Call(b'{"inputs": "x"}', accept="a/b"),
    ]
    together = service.respond_many(calls)
    assert [reply.status for reply in together] == [200, 422, 200, 422, 200, 400, 406]
    for one, other in zip(together, map(service.respond, calls), strict=True):
        assert_close(json.loads(one.body), json.loads(other.body))


def test_one_bad_call_in_a_pass_harms_no_other(
    tiny_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = load(tiny_model)
    predictor: Any = service._predictor
    predict = predictor.predict

    def fragile(items: Any) -> Any:
        if any(item.text == "poison" for item in items):
            raise RuntimeError("out of memory")
        return predict(items)

    predictor.predict = fragile
    replies = service.respond_many(
        [
            Call(b'{"inputs": "a"}'),
            Call(b'{"inputs": "poison"}'),
            Call(b'{"inputs": "b"}'),
        ]
    )
    assert [reply.status for reply in replies] == [200, 500, 200]
    assert error(replies[1]) == (500, "RuntimeError", "out of memory")
    assert "Traceback" in caplog.text


def test_archive_with_the_shim_answers_in_passes(
    tiny_model: Path, tmp_path: Path, service: Service
) -> None:
    packed = load(add_shim(shutil.copytree(tiny_model, tmp_path / "model")))
    assert packed.batches
    assert packed.invoke(b'{"inputs": "a"}') == service.invoke(b'{"inputs": "a"}')


def test_hooks_get_text_for_json_and_csv_and_bytes_otherwise(tmp_path: Path) -> None:
    service = load(add_code(tmp_path, inference=BASIC))
    assert json.loads(service.invoke(b"{}", "application/json; charset=utf-8"))[:2] == [
        "str",
        "application/json",
    ]
    assert json.loads(service.invoke(b"a", "text/csv"))[:2] == ["str", "text/csv"]
    assert json.loads(service.invoke(b"a", "image/PNG; a=b")) == [
        "bytearray",
        "image/PNG; a=b",
        str(tmp_path),
    ]


def test_transform_fn_decides_body_and_accept_is_the_content_type(
    tmp_path: Path,
) -> None:
    script = (
        "def model_fn(d): return 'm'\n"
        "def transform_fn(model, body, content_type, accept): return f'{model}|{body}'"
    )
    reply = load(add_code(tmp_path, inference=script)).respond(
        Call(b"hello", "text/csv", "text/plain")
    )
    assert (reply.status, reply.body, reply.content_type) == (
        200,
        b"m|hello",
        "text/plain",
    )


@pytest.mark.parametrize("accept", [None, "", "*/*"])
def test_accept_defaults_to_json_for_hooks(tmp_path: Path, accept: str | None) -> None:
    script = "def model_fn(d): return 'm'\ndef transform_fn(model, body, content_type, accept): return accept"
    reply = load(add_code(tmp_path, inference=script)).respond(Call(b"", "a/b", accept))
    assert (reply.body, reply.content_type) == (b"application/json", "application/json")


def test_own_predict_fn_gets_traindrops_predictor(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = add_code(
        shutil.copytree(tiny_model, tmp_path / "model"),
        inference="def predict_fn(data, model, context):\n"
        "    return [data['shout'].upper(), model(data['shout'])[0]['label'], context.get_request_header(0, 'X-Key')]",
    )
    reply = load(folder).respond(Call(b'{"shout": "good"}', headers={"x-key": "k"}))
    assert json.loads(reply.body)[::2] == ["GOOD", "k"]


def test_own_model_fn_is_called_with_inputs_and_parameters(tmp_path: Path) -> None:
    script = "def model_fn(d): return lambda inputs, **parameters: {'inputs': inputs, 'parameters': parameters}"
    service = load(add_code(tmp_path, inference=script))
    sent = {"inputs": {"any": "thing"}, "parameters": {"top_k": 1}}
    assert json.loads(service.invoke(json.dumps(sent).encode())) == sent


def test_context_of_hooks_sets_response_headers(tmp_path: Path) -> None:
    script = (
        "def model_fn(d, context): return context.system_properties['model_dir']\n"
        "def transform_fn(model, body, content_type, accept, context):\n"
        "    context.set_response_header(0, 'X-Model', model)\n    return b''"
    )
    reply = load(add_code(tmp_path, inference=script)).respond(Call(b""))
    assert reply.headers == {"X-Model": str(tmp_path)}


def test_exception_of_a_hook_is_500_with_its_type(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = "def model_fn(d): return 1\ndef predict_fn(data, model): raise KeyError('colour')"
    with caplog.at_level(logging.ERROR):
        reply = load(add_code(tmp_path, inference=script)).respond(Call(b"{}"))
    assert error(reply) == (500, "KeyError", "'colour'")
    assert "predict_fn" in caplog.text


def test_default_accept_comes_from_the_environment(tiny_model: Path) -> None:
    service = load(tiny_model, Environment(default_accept="text/csv"))
    assert (
        service.respond(Call(b'{"inputs": "a"}', accept=None)).content_type
        == "text/csv"
    )


def test_context_of_hooks_sets_the_status_and_takes_metrics(tmp_path: Path) -> None:
    script = (
        "def model_fn(model_dir): return None\n"
        "def transform_fn(model, body, content_type, accept, context):\n"
        "    context.metrics.add_counter('calls', 1)\n"
        "    context.set_response_status(code=418, phrase='teapot')\n    return 'no coffee'"
    )
    assert load(add_code(tmp_path, inference=script)).respond(Call(b"{}")).status == 418


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json, text/plain, */*", "application/json"),
        ("text/html, text/csv;q=0.5", "text/html"),
        ("text/plain;q=0.2, text/csv", "text/csv"),
        ("text/*, */*;q=0.1", "application/json"),
        ("image/png", "image/png"),
        ("*/*", "application/json"),
        (None, "application/json"),
    ],
)
def test_hooks_are_asked_for_one_type_which_is_that_of_the_answer(
    tmp_path: Path, accept: str | None, expected: str
) -> None:
    script = (
        "def model_fn(d): return 1\ndef predict_fn(data, model): return 1\n"
        "def output_fn(prediction, accept): return accept"
    )
    reply = load(add_code(tmp_path, inference=script)).respond(
        Call(b"{}", accept=accept)
    )
    assert (reply.content_type, reply.body.decode()) == (expected, expected)


def test_a_wrong_parameter_is_the_callers_only_if_it_sent_it(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    script = (
        "def predict_fn(data, model):\n"
        "    return model(data['inputs'], **data.get('parameters', {'top': 3}))"
    )
    service = load(add_code(folder, inference=script))
    words = "parameters.top: expected only top_k, function_to_apply, truncation; found 'top'. Remove it."
    sent = post(service, {"inputs": "a", "parameters": {"top": 1}})
    assert error(sent) == (422, "InvalidRequest", words)
    own = post(service, {"inputs": "a"})
    assert error(own) == (
        500,
        "HookError",
        f"the script calls the model with a wrong parameter: {words}",
    )


def test_script_that_exits_ends_its_request_only(tmp_path: Path) -> None:
    script = "import sys\ndef model_fn(model_dir): return None\ndef predict_fn(data, model): sys.exit(3)"
    reply = load(add_code(tmp_path, inference=script)).respond(Call(b'{"inputs": "x"}'))
    assert error(reply) == (500, "SystemExit", "3")


def test_every_answer_names_the_run_where_its_variant_does_not(
    tiny_model: Path,
) -> None:
    environment = Environment(model_dir=tiny_model, run="m-1")
    service = load(tiny_model, environment)
    replies = service.respond_many(
        [Call(b'{"inputs": "good"}'), Call(b'{"inputs": 1}'), Call(b"{")]
    )
    assert [reply.status for reply in replies] == [200, 422, 400]
    assert {reply.headers[NOTES_HEADER] for reply in replies} == {"run=m-1"}


def test_a_hooks_own_attributes_stay_beside_the_run(tmp_path: Path) -> None:
    script = """
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept, context):
    context.set_response_header(0, "x-amzn-sagemaker-custom-attributes", "trace-5")
    return body
"""
    folder = add_code(tmp_path, inference=script)
    service = load(folder, Environment(model_dir=folder, run="m-1"))
    (reply,) = service.respond_many([Call(b"x")])
    assert reply.headers == {NOTES_HEADER: "trace-5; run=m-1"}
