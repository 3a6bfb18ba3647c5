"""The server: both APIs and a health check on one port, and the life of everything behind them."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.guard import Guard, Refusal
from localcloud.processes import end_leftovers
from localcloud.sagemaker.async_runtime import AsyncRuntime
from localcloud.sagemaker.common.access import Access
from localcloud.sagemaker.common.errors import ApiError
from localcloud.sagemaker.common.events import StateChangeEvents
from localcloud.sagemaker.common.launch import Launcher, start_program
from localcloud.sagemaker.common.state import AwsClients, SageMakerState, Settings
from localcloud.sagemaker.common.store import STORE_FILE, Store
from localcloud.sagemaker.control import ControlPlane, Gate, open_gate
from localcloud.sagemaker.hosting.async_dispatcher import AsyncInvocations
from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.operations.base import SageMaker
from localcloud.sagemaker.operations.training_jobs import interrupt_training_job
from localcloud.sagemaker.runtime import InvocationError, Runtime
from localcloud.sagemaker.training.jobs import TrainingJobs
from localcloud.sagemaker.transform.jobs import TransformJobs
from localcloud.signatures import RequestHead, SignatureError

_HEALTH = "/health"


def make_app(
    settings: Settings, gate: Gate = open_gate, launcher: Launcher = start_program
) -> Starlette:
    """The ASGI application of one state folder. `AWS_*` of the environment leads to the engine as its root."""
    access = _make_access(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sagemaker = await _open(settings, access, launcher)
        app.state.sagemaker = sagemaker
        app.state.control = ControlPlane(sagemaker, gate)
        runtime = Runtime(sagemaker.state, sagemaker.endpoints)
        app.state.runtime = runtime
        invocations = AsyncInvocations(sagemaker.state, sagemaker.endpoints)
        app.state.async_runtime = AsyncRuntime(sagemaker.state, invocations)
        works = (
            runtime.metrics.publish_regularly(),
            invocations.metrics.buffer.publish_regularly(invocations.note_backlogs),
            invocations.run(),
        )
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await invocations.shut_down()
            await _close(sagemaker)

    routes = [
        Route("/", _control, methods=["POST"]),
        Route("/endpoints/{name}/invocations", _invoke, methods=["POST"]),
        Route(
            "/endpoints/{name}/invocations-response-stream", _stream, methods=["POST"]
        ),
        Route("/endpoints/{name}/async-invocations", _invoke_async, methods=["POST"]),
        Route("/endpoints/{name}/{operation}", _refuse, methods=["POST"]),
        Route("/training-jobs/{name}/interruption", _interrupt, methods=["POST"]),
        Route(_HEALTH, _health),
    ]

    async def secret_of(access_key: str, token: str) -> str:
        return await run_in_threadpool(access.secret, access_key, token)

    guard = Middleware(
        Guard,
        secret_of=secret_of,
        refuse=refusal,
        is_open=lambda path: path == _HEALTH,
    )
    return Starlette(routes=routes, middleware=[guard], lifespan=lifespan)


def _make_access(settings: Settings) -> Access:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    credentials = {name: os.environ[name] for name in names}
    credentials["AWS_REGION"] = settings.region
    return Access(os.environ["AWS_ENDPOINT_URL"], credentials, iam=settings.iam)


def refusal(_: RequestHead, error: SignatureError) -> Refusal:
    """As both APIs of SageMaker say it."""
    content = {"__type": error.code, "message": str(error), "Message": str(error)}
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amzn-errortype": error.code,
    }
    return 403, headers, json.dumps(content).encode()


async def _open(settings: Settings, access: Access, launcher: Launcher) -> SageMaker:
    """Ends what an earlier life left running, then takes up what it left undone."""
    await asyncio.to_thread(end_leftovers, settings.state)
    clients = AwsClients(settings.region)
    threading.Thread(target=clients.warm_up, name="warm-up", daemon=True).start()
    store = Store(settings.state / STORE_FILE)
    events = StateChangeEvents(lambda: clients.events)
    state = SageMakerState(settings, store, clients, events, launcher, access)
    sagemaker = SageMaker(
        state, TrainingJobs(state), Endpoints(state), TransformJobs(state)
    )
    sagemaker.jobs.recover()
    sagemaker.endpoints.recover()
    sagemaker.transforms.recover()
    return sagemaker


async def _close(sagemaker: SageMaker) -> None:
    """Ends every process, then writes what is pending."""
    await asyncio.gather(
        asyncio.to_thread(sagemaker.jobs.shut_down),
        sagemaker.endpoints.shut_down(),
        sagemaker.transforms.shut_down(),
    )
    await asyncio.to_thread(end_leftovers, sagemaker.settings.state)
    await asyncio.to_thread(sagemaker.state.events.close)
    sagemaker.store.close()


async def _control(request: Request) -> Response:
    control: ControlPlane = request.app.state.control
    return await control(request)


async def _invoke(request: Request) -> Response:
    runtime: Runtime = request.app.state.runtime
    return await runtime.invoke(request)


async def _invoke_async(request: Request) -> Response:
    runtime: AsyncRuntime = request.app.state.async_runtime
    return await runtime.invoke(request)


async def _stream(request: Request) -> Response:
    runtime: Runtime = request.app.state.runtime
    return await runtime.stream(request)


async def _refuse(request: Request) -> Response:
    operation = request.path_params["operation"]
    message = (
        "The local cloud has invocations, invocations-response-stream and async-invocations, "
        f"not {operation}: call one of them."
    )
    return InvocationError(400, "ValidationError", message).response()


async def _interrupt(request: Request) -> Response:
    name = request.path_params["name"]
    try:
        await run_in_threadpool(
            interrupt_training_job, request.app.state.sagemaker, name
        )
    except ApiError as error:
        return JSONResponse({"message": error.message}, error.status)
    return JSONResponse({"TrainingJobName": name}, 202)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
