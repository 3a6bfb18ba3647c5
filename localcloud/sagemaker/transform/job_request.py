"""What a transform job asks for, read from its record.

Defaults: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html and
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import Body

MEGABYTE = 2**20
DEFAULT_PAYLOAD_MB = 6
DEFAULT_CONCURRENT_TRANSFORMS = 1
DEFAULT_STRATEGY = "MultiRecord"
MAX_CONCURRENT_MB = 100
"""The most that `MaxConcurrentTransforms` times `MaxPayloadInMB` may be."""
_STRATEGY_OF_CONTAINER = {
    "MULTI_RECORD": "MultiRecord",
    "SINGLE_RECORD": "SingleRecord",
}
_CONTAINER_STRATEGY = {name: word for word, name in _STRATEGY_OF_CONTAINER.items()}


@dataclass(frozen=True)
class Batching:
    """How the records of an object become requests."""

    concurrent_transforms: int
    """Requests at once on one instance."""
    payload_mb: int
    """The most that one request carries; 0: there is no limit."""
    strategy: str
    """`MultiRecord` or `SingleRecord`."""

    @property
    def container_strategy(self) -> str:
        """`strategy` as containers and logs have it, such as `MULTI_RECORD`."""
        return _CONTAINER_STRATEGY[self.strategy]

    @property
    def payload_bytes(self) -> int | None:
        """None for no limit."""
        return self.payload_mb * MEGABYTE or None


@dataclass(frozen=True)
class TransformRequest:
    """One transform job."""

    name: str
    model_name: str
    input_uri: str
    is_manifest: bool
    is_compressed: bool
    splits_lines: bool
    """Whether each line of an object is a record; otherwise an object is one record."""
    content_type: str | None
    accept: str | None
    output_uri: str
    assembles_lines: bool
    joins_input: bool
    instance_count: int
    environment: Mapping[str, str]
    timeout_seconds: float
    max_retries: int
    concurrent_transforms: int | None
    payload_mb: int | None
    strategy: str | None

    @classmethod
    def from_body(cls, job: Body) -> TransformRequest:
        source = job["TransformInput"]["DataSource"]["S3DataSource"]
        data, output = job["TransformInput"], job["TransformOutput"]
        client = job.get("ModelClientConfig", {})
        return cls(
            name=job["TransformJobName"],
            model_name=job["ModelName"],
            input_uri=source["S3Uri"],
            is_manifest=source["S3DataType"] == "ManifestFile",
            is_compressed=data.get("CompressionType") == "Gzip",
            splits_lines=data.get("SplitType") == "Line",
            content_type=data.get("ContentType"),
            accept=output.get("Accept"),
            output_uri=output["S3OutputPath"],
            assembles_lines=output.get("AssembleWith") == "Line",
            joins_input=job.get("DataProcessing", {}).get("JoinSource") == "Input",
            instance_count=job["TransformResources"]["InstanceCount"],
            environment=job.get("Environment", {}),
            timeout_seconds=client.get("InvocationsTimeoutInSeconds", 600),
            max_retries=client.get("InvocationsMaxRetries", 3),
            concurrent_transforms=job.get("MaxConcurrentTransforms") or None,
            payload_mb=job.get("MaxPayloadInMB"),
            strategy=job.get("BatchStrategy"),
        )

    def container_environment(self) -> dict[str, str]:
        """What a container gets besides the variables of its model.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html: the last three only
        where the request has them.
        """
        variables = {"SAGEMAKER_BATCH": "true"}
        if self.payload_mb is not None:
            variables["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(self.payload_mb)
        if self.strategy is not None:
            variables["SAGEMAKER_BATCH_STRATEGY"] = _CONTAINER_STRATEGY[self.strategy]
        if self.concurrent_transforms is not None:
            count = str(self.concurrent_transforms)
            variables["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = count
        return {**variables, **self.environment}

    def batching(self, wishes: Mapping[str, Any]) -> Batching:
        """What the request says, else what the container answered to `/execution-parameters`, else the defaults."""
        concurrent = self.concurrent_transforms or wishes.get("MaxConcurrentTransforms")
        payload_mb = self.payload_mb
        if payload_mb is None:
            payload_mb = wishes.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MB)
        wish = _STRATEGY_OF_CONTAINER.get(wishes.get("BatchStrategy", ""))
        return Batching(
            concurrent_transforms=int(concurrent or DEFAULT_CONCURRENT_TRANSFORMS),
            payload_mb=int(payload_mb),
            strategy=self.strategy or wish or DEFAULT_STRATEGY,
        )


def check_request(job: Body) -> None:
    """Raises `ValidationError` for what AWS refuses, and for what the local cloud does not do."""
    source = job["TransformInput"]["DataSource"]["S3DataSource"]
    _require("S3DataType", source["S3DataType"], ("S3Prefix", "ManifestFile"))
    split = job["TransformInput"].get("SplitType", "None")
    _require("SplitType", split, ("None", "Line"))
    payload_mb = job.get("MaxPayloadInMB", DEFAULT_PAYLOAD_MB)
    concurrent_mb = payload_mb * job.get("MaxConcurrentTransforms", 1)
    if concurrent_mb > MAX_CONCURRENT_MB:
        raise ValidationError(
            f"Expected MaxConcurrentTransforms * MaxPayloadInMB of at most {MAX_CONCURRENT_MB} MB, "
            f"found {concurrent_mb}."
        )
    _check_processing(job, split)


def _require(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValidationError(
            f"The local cloud has {field} {' and '.join(allowed)}, found {value}."
        )


def _check_processing(job: Body, split: str) -> None:
    """JoinSource works on lines of CSV or JSON, and filters are not here.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html.
    """
    processing = job.get("DataProcessing", {})
    for field in ("InputFilter", "OutputFilter"):
        if processing.get(field, "$") != "$":
            raise ValidationError(
                f"The local cloud has no DataProcessing.{field}, found {processing[field]!r}. Leave it out."
            )
    if processing.get("JoinSource", "None") == "None":
        return
    assembled = job["TransformOutput"].get("AssembleWith", "None")
    if (split, assembled) != ("Line", "Line"):
        raise ValidationError(
            "The local cloud joins records that are lines: expected SplitType and AssembleWith Line, "
            f"found {split} and {assembled}."
        )
