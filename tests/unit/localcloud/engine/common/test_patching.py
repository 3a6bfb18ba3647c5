from __future__ import annotations

from types import ModuleType

import pytest

from localcloud.engine.common.patching import (
    VERSION,
    IncompatibleEngineError,
    replace,
    require_version,
)


@pytest.fixture
def module() -> ModuleType:
    thing = ModuleType("ministack.services.thing")
    thing.start = lambda data: ("old", data)  # type: ignore[attr-defined]
    return thing


def test_another_release_is_refused() -> None:
    require_version(VERSION)
    with pytest.raises(
        IncompatibleEngineError,
        match=rf"expected ministack {VERSION}; found 9\.9\.9\. Install",
    ):
        require_version("9.9.9")


def test_missing_symbol_is_named_with_the_release(module: ModuleType) -> None:
    with pytest.raises(
        IncompatibleEngineError,
        match=rf"expected ministack\.services\.thing\.begin as in ministack {VERSION}; found nothing of that name",
    ):
        replace(module, "begin", "data", lambda original: original)


def test_changed_parameters_are_refused(module: ModuleType) -> None:
    with pytest.raises(
        IncompatibleEngineError,
        match=r"thing\.start\(request\) as in .* found \(data\)",
    ):
        replace(module, "start", "request", lambda original: original)


def test_replacement_may_call_the_original(module: ModuleType) -> None:
    replace(
        module, "start", "data", lambda original: lambda data: ("new", original(data))
    )
    assert module.start(1) == ("new", ("old", 1))
