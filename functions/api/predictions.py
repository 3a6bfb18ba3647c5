"""Answers one prediction: one read of the ledger (kept for some seconds), one call of the endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from deployment_modes import body_limit_bytes
from functions.adapters import runtime as aws
from functions.adapters.ledger import Ledger
from functions.api.errors import ApiError, not_live, unknown_model
from functions.api.request_validation import check_request, json_body
from functions.common.records import Model

KEPT_SECONDS = 5.0
_WAKE_SECONDS = 10


@dataclass
class Predictor:
    """Keeps model records for a few seconds; a model that was just promoted is served at most that much later."""

    ledger: Ledger
    runtime: aws.Runtime
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, Model]] = field(default_factory=dict)

    def predict(self, name: str, body: str | bytes | None, content_type: str) -> tuple[str, str]:
        """The model's JSON answer, and the run whose model gave it."""
        model = self._live(name)
        limit = body_limit_bytes(model.get("mode"))
        data = body.encode() if isinstance(body, str) else body or b""
        if len(data) > limit:
            message = (
                f"The body has {len(data):,} bytes; this model takes at most {limit:,}. Send fewer inputs at once."
            )
            raise ApiError(413, "body_too_large", message)
        request = json_body(data, content_type)
        if (task := model.get("task")) and not model.get("custom"):
            check_request(task, request)
        return self._ask(model, data).decode(), model["champion"]

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)

    def _live(self, name: str) -> Model:
        model = self._recent(name) or find_model(name, self.ledger)
        if not model.get("champion"):
            raise not_live(model["model"], latest_run(model, self.ledger))
        self._kept[name] = (self.clock(), model)
        return model

    def _recent(self, name: str) -> Model | None:
        at, model = self._kept.get(name, (0.0, None))
        return model if model and self.clock() - at < KEPT_SECONDS else None

    def _ask(self, model: Model, data: bytes) -> bytes:
        name = model["model"]
        try:
            return self.runtime.invoke(model["endpoint"], data)
        except aws.ModelFailedError as error:
            message = f"The model {name!r} failed with {error.status}: {error.message}"
            raise ApiError(502, "model_error", message, model_status=error.status) from error
        except aws.ModelAsleepError as error:
            message = f"The model {name!r} is being loaded. Ask again in some seconds."
            raise ApiError(503, "model_waking", message, retry_after=_WAKE_SECONDS) from error
        except aws.OverloadedError as error:
            message = f"The model {name!r} takes no more requests at this moment. Ask again."
            raise ApiError(503, "model_overloaded", message, retry_after=1) from error
        except aws.PredictionTimeoutError as error:
            message = f"The model {name!r} did not answer in time. Send fewer or shorter inputs at once."
            raise ApiError(504, "model_timeout", message) from error
        except aws.EndpointMissingError as error:
            self._kept.clear()
            path = f"/models/{quote(name, safe='')}/endpoint"
            message = f"The endpoint of {name!r} is gone. Call DELETE {path} to forget it, then drop the data again."
            raise ApiError(409, "endpoint_gone", message) from error
        except aws.EndpointNotServingError as error:
            message = f"The endpoint of {name!r} does not serve at this moment. Ask again in some seconds."
            raise ApiError(503, "endpoint_not_serving", message, retry_after=_WAKE_SECONDS) from error


def find_model(name: str, ledger: Ledger) -> Model:
    """The model of this name as it came, or URL-decoded; raises a 404 with the nearest name."""
    for candidate in dict.fromkeys((name, unquote(name))):
        if model := ledger.model(candidate):
            return model
    raise unknown_model(unquote(name), [model["model"] for model in ledger.models()])


def latest_run(model: Model, ledger: Ledger) -> dict[str, object] | None:
    """The run in progress, or the last one."""
    active = ledger.run(model["active_run"]) if model.get("active_run") else None
    run = active or next(iter(ledger.runs(limit=1, model=model["model"])), None)
    return dict(run) if run else None
