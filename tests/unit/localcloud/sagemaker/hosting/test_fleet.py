from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.sagemaker.common.launch import Program, start_program
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.hosting.fleet import Fleet, UnknownVariantError, Variant


def fleet(folder: Path, **weights: float) -> Fleet:
    """Of variants with these weights, without model servers."""
    new_fleet = Fleet("config", folder, Settings(folder), start_program)
    log: Any = None
    for name, weight in weights.items():
        new_fleet.add(
            Variant(name, weight, 1.0, 1, Program([], {}, folder), log), count=0
        )
    return new_fleet


def test_a_request_may_name_its_variant(tmp_path: Path) -> None:
    assert fleet(tmp_path, a=1.0, b=0.0).choose("b").name == "b"


def test_a_variant_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownVariantError, match="Variant c not found for Request"):
        fleet(tmp_path, a=1.0).choose("c")


def test_requests_are_shared_out_by_weight(tmp_path: Path) -> None:
    weighted = fleet(tmp_path, a=1.0, b=0.0)
    assert {weighted.choose(None).name for _ in range(50)} == {"a"}


def test_without_any_weight_every_variant_gets_requests(tmp_path: Path) -> None:
    unweighted = fleet(tmp_path, a=0.0, b=0.0)
    assert {unweighted.choose(None).name for _ in range(100)} == {"a", "b"}
