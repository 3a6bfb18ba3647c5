from __future__ import annotations

import sys
from pathlib import Path

import pytest

from localcloud.sagemaker.common.manifests import Manifest
from tools import image_environments
from tools.image_environments import (
    BuildError,
    Patch,
    Recipe,
    apply_patch,
    build,
    local_torch,
)

VERSIONS = {
    "numpy": "1.26.4",
    "nvidia-cublas-cu12": "12.8.4.1",
    "torch": "2.9.0",
    "torchvision": "0.24.0",
    "triton": "3.5.0",
    "sagemaker-training": "5.1.1",
}
MANIFEST = Manifest("huggingface-pytorch-training:2.9.0", "3.12", VERSIONS)
UV = """#!/bin/sh
echo "$@" >> {log}
case "$*" in *broken*) exit 1;; esac
if [ "$1" = venv ]; then for folder; do :; done; mkdir -p "$folder/bin"; ln -sf /bin/true "$folder/bin/python"; fi
"""


def test_packages_for_gpus_are_left_out_unless_all_is_wanted() -> None:
    recipe = Recipe("training", MANIFEST)
    assert recipe.packages() == ["numpy==1.26.4", "sagemaker-training==5.1.1"]
    assert recipe.python == f"3.{sys.version_info.minor}"
    exact = Recipe("training", MANIFEST, exact=True)
    assert exact.packages() == [
        f"{name}=={version}" for name, version in VERSIONS.items()
    ]
    assert exact.python == "3.12"


def test_another_release_of_a_package_may_be_chosen() -> None:
    recipe = Recipe(
        "training", MANIFEST, overrides={"sagemaker-training": "5.1.4", "mms": "1"}
    )
    assert recipe.packages() == ["numpy==1.26.4", "sagemaker-training==5.1.4"]


def test_torch_is_that_of_the_local_environment() -> None:
    assert local_torch().startswith("torch==2.")


def test_what_cannot_be_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_environments, "ROOT", tmp_path)
    monkeypatch.setattr(image_environments, "local_torch", lambda: "torch==2.13.0")
    log, uv = tmp_path / "log", tmp_path / "uv"
    uv.write_text(UV.format(log=log))
    uv.chmod(0o755)
    manifest = Manifest("training:1", "3.12", {"good": "1", "broken": "2"})
    recipe = Recipe("training", manifest)
    assert build(recipe, str(uv)) == ["broken==2"]
    assert (recipe.folder / ".ready").is_file()
    installs = [line.split()[-1] for line in log.read_text().splitlines()[2:]]
    assert installs == ["good==1", "broken==2"]


def test_an_environment_that_fails_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_environments, "ROOT", tmp_path)
    recipe = Recipe("training", MANIFEST)
    recipe.folder.mkdir()
    (recipe.folder / ".ready").touch()
    with pytest.raises(
        BuildError, match=r"^expected /bin/false venv .* to succeed; found"
    ):
        build(recipe, "/bin/false")
    assert not (recipe.folder / ".ready").exists()


def test_a_patch_fits_or_says_that_it_does_not(tmp_path: Path) -> None:
    module = tmp_path / "lib" / "python3.11" / "site-packages" / "toolkit" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("old = 1\n")
    cached = tmp_path / "cached.py"
    cached.hardlink_to(module)
    apply_patch(Patch("toolkit/module.py", "old", "new"), tmp_path)
    assert module.read_text() == "new = 1\n"
    assert cached.read_text() == "old = 1\n"
    apply_patch(Patch("toolkit/module.py", "old", "new"), tmp_path)
    module.write_text("other = 1\n")
    with pytest.raises(BuildError, match=r"found another release\. Correct PATCHES\.$"):
        apply_patch(Patch("toolkit/module.py", "old", "new"), tmp_path)
