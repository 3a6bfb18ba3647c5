from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.training.capacity import CAPACITY_FILE, Capacity


def test_without_a_file_every_type_has_capacity(tmp_path: Path) -> None:
    assert Capacity.read(tmp_path) == Capacity((), ())


def test_the_file_names_the_types_that_have_none(tmp_path: Path) -> None:
    (tmp_path / CAPACITY_FILE).write_text('{"spot": ["ml.a"], "on_demand": ["ml.b"]}')
    assert Capacity.read(tmp_path) == Capacity(("ml.a",), ("ml.b",))
