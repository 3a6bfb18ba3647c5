"""The Python environment of an image: of what is installed here, what its manifest lists and requirements files add."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from localcloud.sagemaker.common.image_launchers import ImageEnvironments, as_container
from localcloud.sagemaker.common.images import Image, repository
from localcloud.sagemaker.common.manifests import read_manifest
from localcloud.sagemaker.common.package_views import PackageViews, requirement_lines

SERVER_PACKAGES = ("starlette", "uvicorn", "httptools", "uvloop", "h11")
"""What the project's own server needs, which stands in for that of an inference image."""


def with_launcher(
    image: Image, uri: str, environments: ImageEnvironments | None, folder: Path
) -> Image:
    """The image with its own launcher in an environment below `folder`, where one was built for it."""
    environment = environments.find(uri) if environments else None
    return as_container(image, environment, folder) if environment else image


def with_environment(
    image: Image, uri: str, views: PackageViews, *requirements: Path
) -> Image:
    """The image with an interpreter that sees its manifest's packages and those of these requirements files.

    An image without a manifest, such as one of the user's own, sees all that is installed; one with its own launcher
    has its environment.
    """
    if image.is_container:
        return image
    manifest = read_manifest(repository(uri))
    if manifest is None:
        return image
    server = SERVER_PACKAGES if image.role == "inference" else ()
    lines = [*manifest.packages, *server, *requirement_lines(*requirements)]
    return replace(image, interpreter=str(views.find(lines)))


def activated(image: Image, environment: Mapping[str, str]) -> dict[str, str]:
    """These variables with the image's interpreter first on `PATH`."""
    if not image.interpreter:
        return dict(environment)
    programs = Path(image.interpreter).parent
    path = f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return {**environment, "PATH": path, "VIRTUAL_ENV": str(programs.parent)}
