"""When the stack has to be deployed again, and with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.cloud import ROOT
from localcloud.deploy import (
    CONFIG_FILE,
    SOURCES,
    configured_parameters,
    source_digest,
    stack_name,
    stack_parameters,
)
from tests.unit.localcloud.test_cloud import filled

FILES = {
    "template.yaml": "Resources: {}",
    CONFIG_FILE: "",
    "functions/api/handler.py": "x = 1",
    "tasks/base.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_the_digest_of_the_same_sources_is_the_same(root: Path) -> None:
    assert source_digest(root, {"A": "1"}) == source_digest(root, {"A": "1"})


@pytest.mark.parametrize("name", FILES)
def test_a_changed_source_changes_the_digest(root: Path, name: str) -> None:
    before = source_digest(root, {})
    (root / name).write_text("changed")
    assert source_digest(root, {}) != before


def test_a_new_and_a_renamed_source_change_the_digest(root: Path) -> None:
    before = source_digest(root, {})
    (root / "tasks" / "new.py").touch()
    added = source_digest(root, {})
    (root / "tasks" / "new.py").rename(root / "tasks" / "newer.py")
    assert len({before, added, source_digest(root, {})}) == 3


def test_a_changed_parameter_changes_the_digest(root: Path) -> None:
    assert source_digest(root, {"A": "1"}) != source_digest(root, {"A": "2"})


@pytest.mark.parametrize(
    "name", ["functions/__pycache__/api.pyc", "functions/.hidden", "tests/test_x.py"]
)
def test_what_is_not_deployed_does_not_change_the_digest(root: Path, name: str) -> None:
    before = source_digest(root, {})
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("x")
    assert source_digest(root, {}) == before


def test_every_source_is_in_the_repository() -> None:
    assert [name for name in SOURCES if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "written", ['"A=1 B=\\"two words\\" C=x=y"', '["A=1", "B=two words", "C=x=y"]']
)
def test_parameters_are_read_as_sam_reads_them(root: Path, written: str) -> None:
    (root / CONFIG_FILE).write_text(
        f"[default.deploy.parameters]\nparameter_overrides = {written}\n"
    )
    assert configured_parameters(root) == {"A": "1", "B": "two words", "C": "x=y"}


def test_the_stacks_name_may_be_global(root: Path) -> None:
    (root / CONFIG_FILE).write_text(
        '[default.global.parameters]\nstack_name = "drop"\n'
    )
    assert stack_name(root) == "drop"


def test_the_users_parameters_win_over_the_configured_ones_and_the_endpoint_over_all(
    root: Path,
) -> None:
    (root / CONFIG_FILE).write_text(
        '[default.deploy.parameters]\nparameter_overrides = "BaseModel=a Poll=1"\n'
    )
    cloud = filled(root)
    cloud.parameters["LocalEndpoint"] = "http://elsewhere"
    assert stack_parameters(cloud, root) == {
        "BaseModel": "tiny",
        "Poll": "1",
        "LocalEndpoint": "http://127.0.0.1:4001",
        "SpotWaitMinutes": "1440",
    }
    cloud.parameters["SpotWaitMinutes"] = "5"
    assert stack_parameters(cloud, root)["SpotWaitMinutes"] == "5"
