"""The API's refusals: problem details (RFC 9457), which hold the error of OpenAI's API and of earlier versions too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.model_record import ModelRecord
from contracts.run_record import RunRecord
from functions.api.paths import Route
from functions.api.problem_types import (
    PROBLEM_TYPES,
    instance_uri,
    openai_kind,
    type_uri,
)
from functions.common.text import nearest
from functions.releases.retry_decisions import Refusal

_MEMBERS = {"status": "state"}
"""Names of members that mean something else in a problem: its `status` is the number of HTTP."""


class ApiError(Exception):
    """An answer other than success. `code` is one of `PROBLEM_TYPES`; `more` is added to the problem."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        /,
        retry_after: int | None = None,
        allow: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.allow = allow
        self.more = {name: value for name, value in more.items() if value is not None}

    def document(self, request_id: str) -> dict[str, Any]:
        """The problem; its member `error` has the shape of OpenAI's errors, and what earlier versions answered."""
        error = {
            "code": self.code,
            "message": self.message,
            "type": openai_kind(self.status),
            "param": self.more.get("field"),
            "request_id": request_id,
        }
        problem = {
            "type": type_uri(self.code),
            "title": PROBLEM_TYPES[self.code].title,
            "status": self.status,
            "detail": self.message,
            "instance": instance_uri(request_id),
            "request_id": request_id,
        }
        members = {_MEMBERS.get(name, name): value for name, value in self.more.items()}
        return problem | members | {"error": error | self.more}

    def headers(self) -> dict[str, str]:
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.allow:
            headers["Allow"] = ", ".join(self.allow)
        return headers


def unknown_route(method: str, path: str, near: Sequence[Route]) -> ApiError:
    names = [str(route) for route in near]
    guess = f"Did you mean {' or '.join(names)}?"
    hint = guess if names else "GET /openapi.json describes all there are."
    message = f"There is no {method} {path:.200}. {hint}"
    return ApiError(404, "unknown_route", message, nearest_routes=names or None)


def method_not_allowed(method: str, path: str, allowed: tuple[str, ...]) -> ApiError:
    message = f"{path:.200} does not take {method}. It takes {' and '.join(allowed)}."
    return ApiError(405, "method_not_allowed", message, allow=allowed)


def unknown_model(name: str, names: list[str]) -> ApiError:
    guess = nearest(name, names)
    hint = (
        f"Did you mean {guess!r}?"
        if guess
        else "GET /models lists the models there are."
    )
    return ApiError(
        404,
        "unknown_model",
        f"There is no model called {name!r}. {hint}",
        nearest=guess,
    )


def unknown_run(name: str) -> ApiError:
    return ApiError(
        404,
        "unknown_run",
        f"There is no run called {name!r}. GET /runs lists the latest runs.",
    )


def no_document(run: RunRecord, name: str) -> ApiError:
    """For a run that has left no report or no card, or not yet."""
    if run.ended_at or run.evaluation:
        text = "Its job left none, as one with a training script of its own; or it has been removed since."
    else:
        text = f"Its run is in progress ({run.status}): it is written when the training has ended."
    return ApiError(
        404, f"no_{name}", f"There is no {name} of the run {run.run!r}. {text}"
    )


def not_done(refusal: Refusal) -> ApiError:
    """For a retry, a stop, a rollback or a promotion that cannot be."""
    return ApiError(
        409,
        refusal.code,
        refusal.message,
        retry_after=refusal.retry_after,
        run=refusal.active_run,
        label_changes=refusal.label_changes.write() if refusal.label_changes else None,
    )


def live_release(run: RunRecord) -> ApiError:
    message = (
        f"{run.run} is live, so it stays. Put another release live first, or delete the model or its endpoint; "
        f"DELETE /runs/{run.run}/data removes its rows alone."
    )
    return ApiError(409, "release_is_live", message, run=run.run)


def still_in_progress(run: RunRecord) -> ApiError:
    message = (
        f"{run.run} is in progress: {run.status}. Wait until it has ended, "
        f"or stop it: POST /runs/{run.run}/stop."
    )
    return ApiError(409, "run_in_progress", message, run=run.run)


def claimed_meanwhile(model: ModelRecord) -> ApiError:
    message = (
        f"A new drop of {model.model!r} came meanwhile. Stop its run, then ask again."
    )
    return ApiError(409, "model_busy", message, retry_after=5)


def not_live(model: str, run: RunRecord | None) -> ApiError:
    """For a model that nothing serves: what is being done about it, or why not."""
    if run is None:
        text = f"Drop its data under datasets/{model}/ to train it."
    elif run.ended_at:
        text = f"Its last run {run.run} ended as {str(run.status)!r}. GET /runs/{run.run} says why."
    else:
        text = f"Its run {run.run} is in progress: {run.status}. GET /runs/{run.run} says how far it is."
    message = f"The model {model!r} has no live endpoint. {text}"
    return ApiError(
        409,
        "model_not_live",
        message,
        run=run.run if run else None,
        status=run.status if run else None,
    )
