from __future__ import annotations

import re
from pathlib import Path

from tools.permissions import ANYTHING, PERMISSIONS, as_table

ROOT = Path(__file__).parents[3]


def test_the_documented_table_is_the_one_in_the_code() -> None:
    assert as_table() in (ROOT / "docs" / "permissions.md").read_text()


def test_every_function_has_its_permissions() -> None:
    handlers = (ROOT / "functions" / "handlers").glob("*.py")
    own = {path.stem for path in handlers if re.search(r"^def handler\(", path.read_text(), re.MULTILINE)}
    assert own == PERMISSIONS.keys()


def test_only_listing_is_allowed_on_everything() -> None:
    everywhere = {a for ps in PERMISSIONS.values() for p in ps if ANYTHING in p.resources for a in p.actions}
    assert everywhere == {"sagemaker:ListEndpointConfigs", "sagemaker:ListEndpoints", "sagemaker:ListModels"}
