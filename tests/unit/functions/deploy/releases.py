from __future__ import annotations

from typing import Any

from functions.common.names import resource_name
from functions.common.settings import Settings
from functions.common.tags import as_list, tags
from tests.unit.functions.fakes import STACK, MemorySageMaker
from tests.unit.functions.specs import RUN

NAME, ENDPOINT = resource_name(STACK, RUN), resource_name(STACK, "reviews")


SETTINGS = Settings(
    "traindrop", "data", "table", execution_role_arn="arn:role", serving_image="image"
)


ARCHIVE_KEY = f"models/{RUN}/model.tar.gz"
ARCHIVE = f"s3://data/{ARCHIVE_KEY}"


def made(
    sagemaker: MemorySageMaker, run: str, model: str = "reviews", stack: str = STACK
) -> str:
    name = resource_name(stack, run)
    owner: dict[str, Any] = {"Tags": as_list(tags(stack, model, run))}
    variants: dict[str, Any] = {"ProductionVariants": [{"ServerlessConfig": {}}]}
    sagemaker.configs[name], sagemaker.models[name] = owner | variants, dict(owner)
    return name
