"""From an endpoint config to a fleet: model archives downloaded and unpacked, launches put together."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

import localcloud
from localcloud.sagemaker import archives, transfers
from localcloud.sagemaker.errors import DeploymentError
from localcloud.sagemaker.hosting.fleet import Fleet, Variant
from localcloud.sagemaker.hosting.replica import Launch
from localcloud.sagemaker.images import UnknownImageError, program
from localcloud.sagemaker.kinds import ENDPOINT_CONFIG, MODEL, Body
from localcloud.sagemaker.log_stream import LogStream
from localcloud.sagemaker.processes import base_environment
from localcloud.sagemaker.settings import Settings
from localcloud.sagemaker.state import Context
from localcloud.sagemaker.store import MissingError

REALTIME_BODY = 6_291_456
SERVERLESS_BODY = 4_194_304
_REPOSITORY = Path(localcloud.__file__).parents[1]


def build_fleet(context: Context, endpoint: str, config_name: str) -> Fleet:
    """A fleet ready to start. Blocks on downloads; raises `DeploymentError` with the endpoint's failure reason."""
    folder = context.settings.state / "endpoints" / endpoint / uuid.uuid4().hex[:12]
    fleet = Fleet(config_name, folder, context.settings)
    try:
        _add_variants(context, fleet, endpoint)
    except DeploymentError:
        fleet.remove()
        raise
    except (MissingError, UnknownImageError) as error:
        fleet.remove()
        raise DeploymentError(f"The endpoint can't be deployed: {error}") from error
    except Exception as error:  # whatever it was, a deployment ends in a stated way
        fleet.remove()
        raise DeploymentError(f"InternalServerError: {type(error).__name__}: {error}") from error
    return fleet


def _add_variants(context: Context, fleet: Fleet, endpoint: str) -> None:
    config = context.store.get(ENDPOINT_CONFIG, fleet.config_name)
    for variant in config["ProductionVariants"]:
        model = context.store.get(MODEL, variant["ModelName"])
        _add_variant(context, fleet, endpoint, variant, container_of(model))


def container_of(model: Body) -> Body:
    """The container that serves: the primary one, or the only one of a list."""
    containers = [model["PrimaryContainer"]] if "PrimaryContainer" in model else model.get("Containers", [])
    if len(containers) != 1:
        raise DeploymentError(
            f"Expected a model with one container, found {len(containers)} in {model['ModelName']!r}: "
            "the local cloud has no inference pipelines. Put the steps into one container."
        )
    container: Body = containers[0]
    return container


def process_count(variant: Body, settings: Settings) -> int:
    asked: int = variant.get("InitialInstanceCount", 1)
    return min(asked, settings.max_processes)


def server_environment(settings: Settings, container: Body, base: Path) -> dict[str, str]:
    """What a model server gets: the platform's variables, then the model's own."""
    asked = dict(container.get("Environment", {}))
    path = [str(_REPOSITORY), asked.pop("PYTHONPATH", "")]
    return {
        **base_environment(settings, os.environ),
        "SAGEMAKER_REGION": settings.region,
        **asked,
        "SAGEMAKER_BASE_DIR": str(base),
        "PYTHONPATH": os.pathsep.join(part for part in path if part),
    }


def _add_variant(context: Context, fleet: Fleet, endpoint: str, variant: Body, container: Body) -> None:
    settings, name = context.settings, variant["VariantName"]
    image = settings.images.find(container.get("Image", ""), "inference")
    folder = fleet.folder / name
    base = folder / "opt/ml"
    _fetch_model(context, container, base / "model")
    log = LogStream(
        context.services,
        f"/aws/sagemaker/Endpoints/{endpoint}",
        f"{name}/i-{fleet.folder.name}",
        file=settings.state / "logs" / f"{endpoint}.log",
        interval=settings.log_interval,
    )
    launch = Launch(program(image.command), server_environment(settings, container, base), base, log)
    timeout = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", settings.startup_timeout)
    limit = SERVERLESS_BODY if "ServerlessConfig" in variant else REALTIME_BODY
    weight = variant.get("InitialVariantWeight", 1.0)
    fleet.add(Variant(name, weight, timeout, limit, [], launch), process_count(variant, settings))


def _fetch_model(context: Context, container: Body, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    uri = source["S3Uri"] if source else container.get("ModelDataUrl")
    if not uri:
        return
    try:
        if source and source["S3DataType"] == "S3Prefix":
            transfers.download_prefix(context.services.s3, uri, target)
        else:
            _fetch_archive(context, uri, target)
    except (ClientError, BotoCoreError, OSError, ValueError) as error:
        raise DeploymentError(_model_data_missing(uri)) from error


def _fetch_archive(context: Context, uri: str, target: Path) -> None:
    archive = target.parent / "model.tar.gz"
    transfers.download_file(context.services.s3, uri, archive)
    archives.unpack(archive, target)
    archive.unlink()


def _model_data_missing(uri: str) -> str:
    return (
        f'Failed to download model data for container "container_1" from URL: "{uri}". '
        "Please ensure that there is an object located at the URL and that the role passed to CreateModel "
        "has permissions to download the object."
    )
