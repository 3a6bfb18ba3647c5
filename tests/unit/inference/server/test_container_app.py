from __future__ import annotations

from inference.protocols.messages import Reply
from inference.server.container_app import NOT_ALLOWED, NOT_FOUND, route


def test_every_path_of_the_model_leads_to_it() -> None:
    paths = (
        "/invocations",
        "/invocations/",
        "/predictions/model",
        "/model/predict",
        "/models/model/invoke",
    )
    assert {route(path, "") for path in paths} == {"model"}
    assert route("/invocations", "model_name=other") == "other"


def test_ping_is_healthy_from_the_start() -> None:
    reply = route("/ping", "")
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, b'{\n  "status": "Healthy"\n}\n')


def test_other_paths_are_refused_as_the_container_does() -> None:
    assert route("/", "") is NOT_ALLOWED
    assert route("/nowhere/at/all", "") is NOT_FOUND
