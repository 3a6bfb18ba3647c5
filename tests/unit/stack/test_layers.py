"""The layers: what is in them, and who has them."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.environment import LOCAL_STATE
from tests.unit.stack import template

LAYERS: dict[str, str] = {
    "functions/requirements.txt": "DependenciesLayer",
    "functions/tables.txt": "TablesLayer",
}
RESOURCES: dict[str, Any] = template.load()["Resources"]


def pins(path: str) -> set[str]:
    lines = (template.ROOT / path).read_text().splitlines()
    return {
        line.strip()
        for line in lines
        if line.strip() and not line.startswith(("#", "-"))
    }


@pytest.mark.parametrize("path", LAYERS)
def test_a_layer_holds_what_the_laptop_runs_with(path: str) -> None:
    assert pins(path)
    assert pins(path) <= pins("requirements/local.in")
    locked = {pin.lower().replace("_", "-") for pin in pins("requirements/local.txt")}
    assert {
        pin.partition("[")[0].lower() + pin.partition("]")[2]
        for pin in pins(path)
        if "[" in pin
    } <= locked
    assert {pin.lower() for pin in pins(path) if "[" not in pin} <= locked


def test_tables_are_read_by_pyarrow_and_calamine_alone() -> None:
    names = {pin.partition("==")[0] for pin in pins("functions/tables.txt")}
    assert names == {"pyarrow", "python-calamine"}


def test_only_inspect_has_the_large_layer() -> None:
    own = {
        name: properties["Layers"]
        for name, properties in template.functions().items()
        if "Layers" in properties
    }
    assert own == {"InspectFunction": [{"Ref": "TablesLayer"}]}


def test_every_function_has_the_layer_of_dependencies() -> None:
    assert template.load()["Globals"]["Function"]["Layers"] == [
        {"Ref": "DependenciesLayer"}
    ]


def test_the_local_cloud_gets_a_layer_without_binaries_of_another_processor() -> None:
    makefile = (template.ROOT / "Makefile").read_text()
    assert f"build-TablesLayer: $(if $({LOCAL_STATE}),,$(TABLES)/.ready)" in makefile
    assert f"cp $(if $({LOCAL_STATE}),functions/tables.txt,-R $(TABLES)/.)" in makefile


@pytest.mark.parametrize("name", LAYERS.values())
def test_a_layer_is_for_the_functions_runtime_and_processor(name: str) -> None:
    shared = template.load()["Globals"]["Function"]
    layer = RESOURCES[name]
    assert layer["Properties"]["CompatibleRuntimes"] == [shared["Runtime"]]
    assert layer["Properties"]["CompatibleArchitectures"] == shared["Architectures"]
    assert layer["Metadata"] == {
        "BuildMethod": "makefile",
        "BuildArchitecture": shared["Architectures"][0],
    }
    assert f"\nbuild-{name}:" in (template.ROOT / "Makefile").read_text()
