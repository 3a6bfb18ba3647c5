from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.archive import load
from inference.model.environment import Environment
from inference.protocols.container import ContainerProtocol, container_json
from inference.service import Call, Reply, Service
from tests.unit.inference.model_folder import add_code

HOOKS = """
import sys
def model_fn(model_dir): return None
def predict_fn(data, model, context):
    if data.get("exit"): sys.exit(1)
    context.set_response_status(code=data.get("status", 200))
    return data
"""


@pytest.fixture(scope="module")
def service(tiny_model: Path) -> Service:
    return load(tiny_model, protocol=ContainerProtocol)


def message(reply: Reply) -> str:
    body = json.loads(reply.body)
    assert (reply.status, body["code"], body["type"]) == (
        400,
        400,
        "InternalServerException",
    )
    return str(body["message"])


def test_server_s_own_json_is_indented_and_escaped_for_html() -> None:
    assert container_json({"message": "it's <b>a=b</b> & é"}) == (
        b'{\n  "message": "it\\u0027s \\u003cb\\u003ea\\u003db\\u003c/b\\u003e \\u0026 \xc3\xa9"\n}\n'
    )


def test_parameters_of_a_content_type_are_refused(service: Service) -> None:
    result = message(
        service.respond(Call(b'{"inputs": "x"}', "application/json; charset=utf-8"))
    )
    assert result == (
        "Content type application/json; charset=utf-8 is not supported by this framework.\n\n"
        "            Please implement input_fn to to deserialize the request data or an output_fn to\n"
        "            serialize the response. For more information, see the SageMaker Python SDK README."
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", "pop expected at most 1 argument, got 2"),
        (b'"x"', "'str' object has no attribute 'pop'"),
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (
            b"\xff",
            "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
    ],
)
def test_any_mistake_is_told_in_the_words_of_the_exception(
    service: Service, body: bytes, expected: str
) -> None:
    assert message(service.respond(Call(body))) == expected


def test_other_fields_are_passed_over(service: Service) -> None:
    assert service.respond(Call(b'{"inputs": "x", "options": {}}')).status == 200


def test_answers_are_batched_all_the_same(service: Service) -> None:
    assert service.batches
    replies = service.respond_many(
        [Call(b'{"inputs": "x"}'), Call(b"["), Call(b'{"inputs": "y"}')]
    )
    assert [reply.status for reply in replies] == [200, 400, 200]


def test_content_type_of_the_answer_is_what_was_accepted(service: Service) -> None:
    assert (
        service.respond(Call(b'{"inputs": "x"}', accept="text/csv")).content_type
        == "text/csv"
    )
    assert (
        service.respond(Call(b'{"inputs": "x"}', accept="*/*")).content_type
        == "application/json"
    )


def test_default_accept_is_not_read(tiny_model: Path) -> None:
    service = load(
        tiny_model, Environment(default_accept="text/csv"), protocol=ContainerProtocol
    )
    assert (
        service.respond(Call(b'{"inputs": "x"}', accept=None)).content_type
        == "application/json"
    )


def test_pickles_are_never_read(service: Service) -> None:
    result = message(service.respond(Call(b"\x80\x04]\x94.", "application/x-npy")))
    assert result.startswith("Failed to interpret file <_io.BytesIO object at 0x")


@pytest.mark.parametrize(
    "task", ["zero-shot-classification", "table-question-answering"]
)
def test_tasks_of_nested_parameters_take_no_csv(task: str) -> None:
    with pytest.raises(
        ValueError,
        match=f"content type text/csv not support with {task}, use different content_type",
    ):
        ContainerProtocol(task).parse_request(Call(b"inputs\nx\n", "text/csv"))


def test_hooks_answer_json_indented_and_set_the_status(tmp_path: Path) -> None:
    service = load(add_code(tmp_path, inference=HOOKS), protocol=ContainerProtocol)
    assert service.respond(Call(b'{"status": 418}')) == Reply(418, b'{"status":418}')


def test_script_that_exits_takes_its_worker_along(tmp_path: Path) -> None:
    reply = load(
        add_code(tmp_path, inference=HOOKS), protocol=ContainerProtocol
    ).respond(Call(b'{"exit": 1}'))
    assert (reply.status, json.loads(reply.body)["message"]) == (500, "Worker died.")
