"""The server: both APIs and a health check on one port, and the life of everything behind them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.control import ControlPlane, Gate, open_gate
from localcloud.sagemaker.errors import ApiError
from localcloud.sagemaker.events import Events
from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.operations.training_jobs import interrupt_training_job
from localcloud.sagemaker.processes import end_leftovers
from localcloud.sagemaker.runtime import InvocationError, Runtime
from localcloud.sagemaker.services import Services
from localcloud.sagemaker.settings import Settings
from localcloud.sagemaker.state import Context
from localcloud.sagemaker.store import Store
from localcloud.sagemaker.training.jobs import Jobs


def make_app(settings: Settings, gate: Gate = open_gate) -> Starlette:
    """The ASGI application of one state folder."""

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        cloud = await _open(settings)
        app.state.cloud = cloud
        app.state.control = ControlPlane(cloud, gate)
        app.state.runtime = Runtime(cloud)
        try:
            yield
        finally:
            await _close(cloud)

    return Starlette(
        routes=[
            Route("/", _control, methods=["POST"]),
            Route("/endpoints/{name}/invocations", _runtime, methods=["POST"]),
            Route("/endpoints/{name}/{operation}", _unsupported, methods=["POST"]),
            Route("/training-jobs/{name}/interruption", _interrupt, methods=["POST"]),
            Route("/health", _health),
        ],
        lifespan=life,
    )


async def _open(settings: Settings) -> Cloud:
    """End what an earlier life left running, then take up what it left undone."""
    await asyncio.to_thread(end_leftovers, settings.state)
    services = Services(settings.region)
    threading.Thread(target=services.warm, name="warm", daemon=True).start()
    context = Context(settings, Store(settings.state / "sagemaker.db"), services, Events(services))
    cloud = Cloud(context, Jobs(context), Endpoints(context))
    cloud.jobs.recover()
    cloud.endpoints.recover()
    return cloud


async def _close(cloud: Cloud) -> None:
    """End every process, then write what is pending."""
    await asyncio.gather(asyncio.to_thread(cloud.jobs.shut_down), cloud.endpoints.shut_down())
    await asyncio.to_thread(end_leftovers, cloud.settings.state)
    await asyncio.to_thread(cloud.context.events.close)
    cloud.store.close()


async def _control(request: Request) -> Response:
    control: ControlPlane = request.app.state.control
    return await control(request)


async def _runtime(request: Request) -> Response:
    runtime: Runtime = request.app.state.runtime
    return await runtime(request)


async def _unsupported(request: Request) -> Response:
    operation = request.path_params["operation"]
    message = f"The local cloud does not have {operation}, only invocations: call InvokeEndpoint instead."
    return InvocationError(400, "ValidationError", message).response()


async def _interrupt(request: Request) -> Response:
    name = request.path_params["name"]
    try:
        await run_in_threadpool(interrupt_training_job, request.app.state.cloud, name)
    except ApiError as error:
        return JSONResponse({"message": error.message}, error.status)
    return JSONResponse({"TrainingJobName": name}, 202)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
