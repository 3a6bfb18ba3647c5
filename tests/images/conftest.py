"""The local cloud with images that are environments of their own, started by their own launchers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.lifecycle import IMAGES, OWN_LAUNCHERS
from tests.e2e.client import Cloud
from tests.e2e.conftest import deployed_cloud, hub
from tests.hub_stand_in import HubStandIn

__all__ = ["cloud", "hub"]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, hub: HubStandIn) -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(IMAGES, OWN_LAUNCHERS)
        with deployed_cloud(tmp_path_factory, hub) as running:
            yield running
