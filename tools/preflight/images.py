"""Whether the images of training and serving can be pulled in this region."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
from botocore.exceptions import ClientError

from tools.preflight.deployment import Deployment
from tools.preflight.finding import Finding, State

IMAGES_PAGE = (
    "https://aws.github.io/deep-learning-containers/reference/available_images/"
)


def images(session: boto3.Session, deployment: Deployment) -> Iterator[Finding]:
    """One finding for each image; AWS's registries let every account look at their images."""
    if not deployment.images:
        return
    region = session.region_name
    account = deployment.image_accounts.get(region)
    if account is None:
        regions = ", ".join(sorted(deployment.image_accounts))
        yield Finding(
            State.MISSING,
            f"images: AWS publishes none of the Hugging Face images in {region}",
            f"Deploy to one of {regions}, or set TrainingImage and ServingImage to images of your own.",
        )
        return
    for parameter, image in deployment.images.items():
        yield _of_image(session, account, parameter, image)


def _of_image(
    session: boto3.Session, account: str, parameter: str, image: str
) -> Finding:
    repository, _, tag = image.partition(":")
    try:
        answer = session.client("ecr").batch_get_image(
            registryId=account, repositoryName=repository, imageIds=[{"imageTag": tag}]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "RepositoryNotFoundException":
            raise
        answer = {"images": []}
    if answer["images"]:
        return Finding(State.OK, f"image {image} is in {session.region_name}")
    return Finding(
        State.MISSING,
        f"image {image}: account {account} has no such image in {session.region_name}; AWS may have retired the tag",
        f"Take a newer version of Traindrop, or set {parameter} to the full URI of another tag of {repository}: "
        f"{IMAGES_PAGE} lists them.",
    )
