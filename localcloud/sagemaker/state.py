"""What every part of the local SageMaker works with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.sagemaker.events import Events
from localcloud.sagemaker.kinds import Body, Kind
from localcloud.sagemaker.services import Services
from localcloud.sagemaker.settings import Settings
from localcloud.sagemaker.store import Store


@dataclass(frozen=True)
class Context:
    """Settings, state, and the way to the other services."""

    settings: Settings
    store: Store
    services: Services
    events: Events

    def change(self, kind: Kind, name: str, edit: Callable[[Body], object]) -> Body:
        """Edit a resource, stamp it, and announce its new state to EventBridge."""

        def stamped(body: Body) -> None:
            edit(body)
            body["LastModifiedTime"] = time.time()

        body = self.store.change(kind, name, stamped)
        self.announce(kind, body)
        return body

    def announce(self, kind: Kind, body: Body) -> None:
        self.events.changed(kind, body, self.store.tags(body[kind.arn_field]))
