from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from functions.train.source_archive import SourceMissingError, source_archive


def package(root: Path) -> Path:
    for name in ("training", "inference", "tasks", "contracts"):
        (root / name / "__pycache__").mkdir(parents=True)
        (root / name / "__init__.py").write_text(f"# {name}\n")
        (root / name / "__pycache__" / "x.pyc").write_bytes(b"\0")
    (root / "training" / "tests").mkdir()
    (root / "training" / "tests" / "test_x.py").write_text("")
    (root / "training" / "train.py").write_text("import training\n")
    (root / "training" / "requirements.txt").write_text("sacrebleu\n")
    (root / "training" / "constraints.txt").write_text("numpy<2\n")
    return root


def names(data: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getnames()


def test_holds_the_script_at_its_root_and_the_packages(tmp_path: Path) -> None:
    assert names(source_archive(package(tmp_path)).data) == [
        "constraints.txt",
        "contracts/__init__.py",
        "inference/__init__.py",
        "requirements.txt",
        "tasks/__init__.py",
        "train.py",
        "training/__init__.py",
        "training/constraints.txt",
        "training/requirements.txt",
        "training/train.py",
    ]


def test_the_templates_of_the_report_and_the_card_are_packed() -> None:
    root = Path(__file__).parents[4]
    templates = {
        path
        for folder in ("report", "model_card")
        for path in (root / "training" / folder).rglob("*.*")
    }
    sources = {
        path.relative_to(root).as_posix()
        for path in templates
        if path.suffix in {".j2", ".css"}
    }
    assert {
        "training/report/templates/page.html.j2",
        "training/model_card/template.md.j2",
    } <= sources
    assert sources <= set(names(source_archive(root).data))


def test_the_same_sources_give_the_same_bytes_whatever_their_times(
    tmp_path: Path,
) -> None:
    first = source_archive(package(tmp_path / "a"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    os.utime(tmp_path / "b" / "training" / "train.py", (1, 1))
    assert source_archive(tmp_path / "b") == first


def test_another_source_gives_another_key(tmp_path: Path) -> None:
    first = source_archive(package(tmp_path / "a"))
    (package(tmp_path / "b") / "tasks" / "__init__.py").write_text("# changed\n")
    assert source_archive(tmp_path / "b").key != first.key


def test_a_package_without_the_script_is_named(tmp_path: Path) -> None:
    expected = "expected training/train.py in the function's package; found none. Build and deploy again."
    with pytest.raises(SourceMissingError, match=expected):
        source_archive(tmp_path)
