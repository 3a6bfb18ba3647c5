"""The routes under `/v1`, in the shapes of OpenAI's API: its clients only need the address and the key's header.

Models answer in these shapes themselves (`inference/predictors/answer_forms.py`); this module chooses the model.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.adapters import clients
from functions.api import calls
from functions.api.calls import content_type, json_answer, prediction, request_body
from functions.api.errors import ApiError
from functions.api.predictions import writes
from functions.api.request_validation import json_body

OWNER = "traindrop"


def chat_completions() -> Response[str]:
    return _complete("messages")


def completions() -> Response[str]:
    return _complete("prompt")


def list_writers() -> Response[str]:
    """The live models that write texts, also those that code of their own serves."""
    models: list[dict[str, Any]] = []
    for model in clients.ledger().models():
        if model.champion and writes(model):
            created = int(datetime.fromisoformat(model.updated_at).timestamp())
            models.append(
                {
                    "id": model.model,
                    "object": "model",
                    "created": created,
                    "owned_by": OWNER,
                }
            )
    return json_answer({"object": "list", "data": models})


def _complete(field: str) -> Response[str]:
    data = request_body()
    request = json_body(data, content_type())
    if not isinstance(request, dict):
        message = (
            "The body is no object. Send the name of a model, and messages or a prompt."
        )
        raise ApiError(422, "invalid_request", message, field="body")
    name = request.get("model")
    if not isinstance(name, str) or not name:
        message = "model: expected the name of a model; found none. GET /v1/models lists those that write texts."
        raise ApiError(422, "invalid_request", message, field="model")
    if field not in request:
        message = f"{field}: expected the field {field}; found none. Add it."
        raise ApiError(422, "invalid_request", message, field=field)
    return prediction(calls.predictor().complete(name, data, request))
