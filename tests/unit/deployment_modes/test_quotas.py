from __future__ import annotations

import pytest

from contracts.quotas import SERVERLESS_CONCURRENCY
from deployment_modes import MODES, resolve
from deployment_modes.quotas import quota_of_variant


@pytest.mark.parametrize("name", MODES)
def test_every_mode_counts_against_a_quota(name: str) -> None:
    mode = MODES[name]
    settings = mode.own_settings(resolve(name, {}))
    is_serverless = name == "serverless"
    quota = (SERVERLESS_CONCURRENCY, 5)
    on_instances = ("ml.m5.xlarge for endpoint usage", 1)
    variant = mode.variant("run", "model", settings)
    assert quota_of_variant(variant) == (quota if is_serverless else on_instances)
