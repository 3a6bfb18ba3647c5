"""The whole of one local SageMaker, as the operations see it."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.settings import Settings
from localcloud.sagemaker.state import Context
from localcloud.sagemaker.store import Store
from localcloud.sagemaker.training.jobs import Jobs


@dataclass(frozen=True)
class Cloud:
    """Records, and the two parts that act on them."""

    context: Context
    jobs: Jobs
    endpoints: Endpoints

    @property
    def settings(self) -> Settings:
        return self.context.settings

    @property
    def store(self) -> Store:
        return self.context.store
