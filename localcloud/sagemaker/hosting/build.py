"""From an endpoint config to a fleet: model archives downloaded and unpacked, programs put together."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

import localcloud
from contracts import locations
from contracts.environment import ServingVariable
from localcloud.sagemaker.async_inference.config import AsyncConfig
from localcloud.sagemaker.common import transfers
from localcloud.sagemaker.common.errors import DeploymentError, RoleError
from localcloud.sagemaker.common.image_environments import (
    activated,
    with_environment,
    with_launcher,
)
from localcloud.sagemaker.common.images import UnknownImageError
from localcloud.sagemaker.common.launch import Program, python_path
from localcloud.sagemaker.common.log_stream import LogStream
from localcloud.sagemaker.common.state import SageMakerState, Settings
from localcloud.sagemaker.common.store import ENDPOINT_CONFIG, MODEL, MissingError
from localcloud.sagemaker.hosting.cold_start import ColdStart
from localcloud.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.sagemaker.hosting.production_variant import Container, ProductionVariant

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REALTIME_BODY_BYTES = 6_291_456
SERVERLESS_BODY_BYTES = 4_194_304
_REPOSITORY = Path(localcloud.__file__).parents[1]


def build_fleet(state: SageMakerState, endpoint: str, config_name: str) -> Fleet:
    """A fleet ready to start. Blocks on downloads. Raises `DeploymentError` with the endpoint's failure reason."""
    folder = state.settings.state / "endpoints" / endpoint / uuid.uuid4().hex[:12]
    fleet = Fleet(config_name, folder, state.settings, state.launcher)
    try:
        _add_variants(state, fleet, endpoint)
    except DeploymentError:
        fleet.remove()
        raise
    except (MissingError, UnknownImageError) as error:
        fleet.remove()
        raise DeploymentError(f"The endpoint can't be deployed: {error}") from error
    except Exception as error:  # whatever it was, a deployment ends in a stated way
        fleet.remove()
        raise DeploymentError(
            f"InternalServerError: {type(error).__name__}: {error}"
        ) from error
    return fleet


def _add_variants(state: SageMakerState, fleet: Fleet, endpoint: str) -> None:
    config = state.store.get(ENDPOINT_CONFIG, fleet.config_name)
    if "AsyncInferenceConfig" in config:
        fleet.async_config = AsyncConfig.from_body(config["AsyncInferenceConfig"])
    for body in config["ProductionVariants"]:
        variant = ProductionVariant.from_body(body)
        model = state.store.get(MODEL, variant.model_name)
        _add_variant(state, fleet, endpoint, variant, Container.of_model(model))


def _add_variant(
    state: SageMakerState,
    fleet: Fleet,
    endpoint: str,
    variant: ProductionVariant,
    container: Container,
) -> None:
    settings = state.settings
    program = prepare_server(state, container, endpoint, fleet.folder / variant.name)
    stream = f"{variant.name}/i-{fleet.folder.name}"
    log = _endpoint_log(state, endpoint, stream, f"{endpoint}.log")
    data_log = None
    if fleet.async_config:
        file = f"{endpoint}.data.log"
        data_log = _endpoint_log(state, endpoint, f"{stream}/data-log", file)
    running = Variant(
        name=variant.name,
        weight=variant.weight,
        startup_timeout=variant.startup_timeout or settings.startup_timeout,
        max_body_bytes=SERVERLESS_BODY_BYTES
        if variant.serverless_config
        else REALTIME_BODY_BYTES,
        is_serverless=variant.serverless_config is not None,
        program=program,
        log=log,
        role_arn=container.role_arn,
        data_log=data_log,
        cold_start=ColdStart.of_variant(
            settings, is_serverless=variant.serverless_config is not None
        ),
    )
    fleet.add(running, variant.process_count(settings.max_processes))


def _endpoint_log(
    state: SageMakerState, endpoint: str, stream: str, file: str
) -> LogStream:
    return LogStream(
        state.clients.logs,
        f"/aws/sagemaker/Endpoints/{endpoint}",
        stream,
        file=state.settings.state / "logs" / file,
        interval_seconds=state.settings.log_interval,
    )


def prepare_server(
    state: SageMakerState, container: Container, session: str, folder: Path
) -> Program:
    """Downloads and unpacks a model below `folder` and puts its server's program together; blocks.

    `session` names the session of the model's role. Raises `DeploymentError` and `UnknownImageError`.
    """
    settings = state.settings
    image = settings.images.find(container.image, "inference")
    base = folder / "opt/ml"
    credentials = role_credentials(state, container, session)
    _download_model(state.s3_as(credentials), container, base / "model")
    code = base / "model" / locations.CODE_FOLDER
    requirements = (code / locations.PACKED_REQUIREMENTS, code / locations.REQUIREMENTS)
    image = with_launcher(image, container.image, settings.launchers, folder.parent)
    image = with_environment(
        image, container.image, settings.package_views, *requirements
    )
    environment = server_environment(settings, container, base)
    if image.is_container:
        environment["PYTHONPATH"] = container.environment.get("PYTHONPATH", "")
    environment = {**activated(image, environment), **credentials}
    return Program(image.program(), environment, base)


def server_environment(
    settings: Settings, container: Container, base: Path
) -> dict[str, str]:
    """What a model server gets: the platform's variables, then the model's own."""
    requested = dict(container.environment)
    own_path = requested.pop("PYTHONPATH", "")
    return {
        **settings.program_environment(os.environ),
        ServingVariable.REGION: settings.region,
        **requested,
        ServingVariable.BASE_DIR: str(base),
        "PYTHONPATH": python_path(str(_REPOSITORY), own_path),
    }


def role_credentials(
    state: SageMakerState, container: Container, session: str
) -> dict[str, str]:
    """Environment variables with the credentials of the model's role. Raises `DeploymentError`."""
    if container.role_arn is None:
        return {}
    try:
        return state.access.credentials(container.role_arn, session)
    except RoleError as error:
        raise DeploymentError(str(error)) from error


def _download_model(s3: S3Client, container: Container, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    uri = container.model_uri
    if not uri:
        return
    try:
        if container.model_is_prefix:
            transfers.download_prefix(s3, uri, folder)
        else:
            archive = folder.parent / locations.MODEL_ARCHIVE
            transfers.download_file(s3, uri, archive)
            transfers.unpack(archive, folder)
            archive.unlink()
    except (ClientError, BotoCoreError, OSError, ValueError) as error:
        raise DeploymentError(_no_model_data_message(uri)) from error


def _no_model_data_message(uri: str) -> str:
    return (
        f'Failed to download model data for container "container_1" from URL: "{uri}". '
        "Please ensure that there is an object located at the URL and that the role passed to CreateModel "
        "has permissions to download the object."
    )
