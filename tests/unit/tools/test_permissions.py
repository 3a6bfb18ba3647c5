from __future__ import annotations

import re
from pathlib import Path

from tools.permissions import ANYTHING, PERMISSIONS

ROOT = Path(__file__).parents[3]


def test_every_function_has_its_permissions() -> None:
    template = (ROOT / "template.yaml").read_text()
    assert set(re.findall(r"Handler: functions\.\w+\.handler\.(\w+)", template)) == PERMISSIONS.keys()


def test_only_listing_is_allowed_on_everything() -> None:
    everywhere = {a for ps in PERMISSIONS.values() for p in ps if ANYTHING in p.resources for a in p.actions}
    assert everywhere == {"sagemaker:ListEndpointConfigs", "sagemaker:ListEndpoints", "sagemaker:ListModels"}
