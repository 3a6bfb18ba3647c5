"""What is made on SageMaker for a batch: a model with a role of its own, and transform jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts import locations
from contracts.batch import BatchRecord
from contracts.run_record import RunRecord
from contracts.spec import Spec
from functions.adapters.sagemaker import SageMaker
from functions.adapters.storage import Storage
from functions.batch.shards import Shard
from functions.common.names import batch_name
from functions.common.tags import MODEL, as_list, batch_tags, tag_value
from functions.deploy.create_model import ServingEnvironment, archive_uri
from functions.deploy.requests import model_container, model_request

CONCURRENT_REQUESTS = 8
"""On an instance. Its workers are as many as its cores, and none is to wait."""
PAYLOAD_MB = 6
"""Of one request. This times the concurrent requests may be 100 at most."""
ANSWER_SECONDS = 600
RETRIES = 1
"""After an error of the container: it may have been restarted."""
JSON = "application/json"
ON_INSTANCES = "realtime"
"""The mode whose container settings fit: a transform job runs on an instance, whatever the endpoint does."""


@dataclass(frozen=True)
class Transformer:
    """Makes them, under names that follow from the batch's, so that a repeat finds what is there."""

    storage: Storage
    sagemaker: SageMaker
    environment: ServingEnvironment

    def model_name(self, batch: BatchRecord) -> str:
        return batch_name(self.environment.settings.stack, batch.batch)

    def job_name(self, batch: BatchRecord, number: int) -> str:
        return batch_name(self.environment.settings.stack, batch.batch, number)

    def create_model(self, batch: BatchRecord, run: RunRecord, spec: Spec) -> None:
        """Raises `ChangedObjectError` where the release's archive is not what was judged."""
        settings, name = self.environment.settings, self.model_name(batch)
        deployed = replace(spec.deployment, mode=ON_INSTANCES)
        container = model_container(
            replace(spec, deployment=deployed),
            image=settings.serving_image,
            archive=archive_uri(run, self.storage),
            region=self.environment.region,
            access=self.environment.access(spec),
        )
        owner = batch_tags(settings.stack, batch.batch)
        role = settings.execution_role_arn
        self.sagemaker.create_model(model_request(name, container, role, owner))

    def delete_model(self, batch: BatchRecord) -> None:
        owner = batch_tags(self.environment.settings.stack, batch.batch)
        self.sagemaker.delete("model", self.model_name(batch), owner)

    def create_job(self, batch: BatchRecord, number: int, shards: list[Shard]) -> str:
        """The job's name. Raises `InstanceRefusedError`."""
        settings, name = self.environment.settings, self.job_name(batch, number)
        manifest = locations.batch_manifest_key(batch.batch, number)
        requests = self.storage.uri(locations.batch_requests_prefix(batch.batch))
        self.storage.write_json(manifest, manifest_of(requests, shards))
        answers = locations.batch_answers_prefix(batch.batch).removesuffix("/")
        tags = batch_tags(settings.stack, batch.batch) | {MODEL: tag_value(batch.model)}
        self.sagemaker.create_transform(
            {
                "TransformJobName": name,
                "ModelName": self.model_name(batch),
                "MaxConcurrentTransforms": CONCURRENT_REQUESTS,
                "MaxPayloadInMB": PAYLOAD_MB,
                "BatchStrategy": "SingleRecord",
                "ModelClientConfig": {
                    "InvocationsTimeoutInSeconds": ANSWER_SECONDS,
                    "InvocationsMaxRetries": RETRIES,
                },
                "TransformInput": {
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "ManifestFile",
                            "S3Uri": self.storage.uri(manifest),
                        }
                    },
                    "ContentType": JSON,
                    "SplitType": "Line",
                },
                "TransformOutput": {
                    "S3OutputPath": self.storage.uri(answers),
                    "Accept": JSON,
                    "AssembleWith": "Line",
                },
                "TransformResources": {
                    "InstanceType": settings.batch_instance_type,
                    "InstanceCount": settings.batch_instance_count,
                },
                "Tags": as_list(tags),
            }
        )
        return name

    def shards_of_job(self, batch: BatchRecord, number: int) -> list[Shard]:
        manifest = self.storage.read_json(
            locations.batch_manifest_key(batch.batch, number)
        )
        return [Shard.of_key(name) for name in manifest[1:]]


def manifest_of(prefix: str, shards: Sequence[Shard]) -> list[Any]:
    """As SageMaker's `ManifestFile` is written: the common beginning, then the names."""
    return [{"prefix": prefix}, *(shard.name for shard in shards)]
