from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inference.model.requirement_plan import (
    PlannedPackage,
    option_lines,
    read_plan,
    replaced_packages,
    requirement_lines,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_is_read_by_its_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy\r\n# für\r\n", encoding, newline="")
    assert requirement_lines(path) == ["numpy", "# für"]


def test_options_are_those_of_named_files_too(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("--find-links here\nnumpy\n-c limits.txt\n")
    lines = ["--index-url x", "torch", "-r more.txt", "-r gone.txt", "-e ."]
    assert option_lines(lines, tmp_path) == ["--index-url x", "--find-links here"]


def test_packages_of_a_plan_are_named_exactly() -> None:
    def entry(name: str, direct: bool, **source: Any) -> dict[str, Any]:
        named = {"name": name, "version": "1.0"}
        return {"metadata": named, "is_direct": direct, "download_info": source}

    report = {
        "install": [
            entry("plain", False, url="https://host/plain.whl"),
            entry("near", True, url="file:///near.whl"),
            entry(
                "far",
                True,
                url="https://host/far",
                subdirectory="python",
                vcs_info={"vcs": "git", "commit_id": "abc"},
            ),
        ]
    }
    assert read_plan(report) == [
        PlannedPackage("plain", "plain==1.0"),
        PlannedPackage("near", "near @ file:///near.whl"),
        PlannedPackage("far", "far @ git+https://host/far@abc#subdirectory=python"),
    ]


def test_names_are_compared_in_canonical_form_and_broken_packages_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def package(folder: str, name: str, version: str) -> str:
        info = tmp_path / folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
        return str(tmp_path / folder)

    package("target", "Some_Package", "2")
    package("target", "same", "1")
    package("server", "same", "1")
    server = package("server", "some.package", "1")
    (tmp_path / "server" / "~nterrupted-1.dist-info").mkdir()
    (tmp_path / "target" / "~nterrupted-2.dist-info").mkdir()
    monkeypatch.setattr("sys.path", [str(tmp_path / "target"), server])
    assert replaced_packages(tmp_path / "target") == ["some-package 1 by 2"]
